import {
  identicalQueries,
  identicalQueriesOfPatientReplicas,
  identicalQueriesOfReplicas,
  manyTokens,
  manyTokensPaced,
} from './economy-cold.ts';
import type { Scenario } from './economy-line.ts';
import { memoryBounded } from './economy-memory.ts';
import { downAcrossMidnight, downWhileCold, downWhileWarm, slowDown } from './economy-outages.ts';
import { redisKilled, redisSlow } from './economy-redis.ts';
import { steadyPrices } from './economy-steady.ts';

/** Every case of the table, in its order. */
export const scenarios = {
  identicalQueries,
  identicalQueriesOfReplicas,
  identicalQueriesOfPatientReplicas,
  manyTokens,
  manyTokensPaced,
  downWhileWarm,
  downAcrossMidnight,
  downWhileCold,
  slowDown,
  redisKilled,
  redisSlow,
  memoryBounded,
  steadyPrices,
} as const satisfies Record<string, Scenario>;
