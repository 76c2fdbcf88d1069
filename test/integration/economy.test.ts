import { describe, expect, test } from 'vitest';

import { columnsOf, type Line, smallSize } from '../bench/economy-line.ts';
import { scenarios } from '../bench/economy-scenarios.ts';

/** The cases of `npm run bench:economy`, small; what is a matter of the machine is left to that. */

const promises: Partial<Record<keyof typeof scenarios, string>> = {
  identicalQueries: 'identical queries at once cost the calls of one, and share its credits',
  identicalQueriesOfPatientReplicas: 'the same over processes that share Redis',
  manyTokens: 'a burst over many tokens stays near the floor, and its repeat costs nothing',
  manyTokensPaced: 'the credits told to clients are the calls, also where clients take turns',
  downWhileWarm: 'with the upstream down everything known is answered, and marked stale',
  downAcrossMidnight: 'also where a day begins of which nothing can be known',
  downWhileCold: 'with the upstream down what is not known fails soon, with one probe an interval',
  slowDown: 'a 429 is heard by all clients, and they are told how long to wait',
  redisKilled: 'a Redis that dies and returns fails no query, and costs no more than none',
  redisSlow: 'a Redis that takes its time is not waited for',
  memoryBounded: 'memory is bounded, however many keys there are',
  steadyPrices: 'what is about to expire rides along with what has',
};

const isBroken = ({ isKept, isOfMachine }: Line) => isKept === false && isOfMachine !== true;

describe('what the gateway spends of its upstream', () => {
  for (const [name, scenario] of Object.entries(scenarios)) {
    const promise = promises[name as keyof typeof scenarios];
    if (promise === undefined) continue;
    test(promise, { timeout: 60_000 }, async () => {
      const lines = await scenario(smallSize);
      expect(lines.length).toBeGreaterThan(0);
      expect(lines.filter(isBroken), columnsOf(lines)).toEqual([]);
    });
  }
});
