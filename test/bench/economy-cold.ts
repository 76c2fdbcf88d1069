import { Redis } from 'ioredis';
import { startRedis } from '../support/redis.ts';
import { counted, type Line, type Scenario, type Size } from './economy-line.ts';
import {
  burst,
  creditsSpent,
  floorOfFive,
  isSumOf,
  longestMs,
  paced,
  spentOf,
  zipf,
} from './economy-load.ts';
import {
  type Answer,
  type Env,
  fiveFields,
  fiveFieldsOf,
  isWhole,
  startGateway,
  startGatewayProcess,
  startUpstream,
  tokenIds,
  within,
} from './economy-world.ts';

/** What is not known yet is asked for once, whoever wants it. */

/** As far away as a real upstream. */
const latencyMs = 30;
const nested = fiveFieldsOf(tokenIds(10));
const withinFloor = 1.2;

const failed = (answers: readonly Answer[]) => answers.filter((answer) => !isWhole(answer)).length;
const told = (answers: readonly Answer[]) =>
  `${counted(failed(answers))} of ${counted(answers.length)} failed`;

/** The credits of the answers add up to the requests that left. */
function creditsLine(name: string, answers: readonly Answer[], calls: number): Line {
  return {
    name: `  credits told to the clients of ${name}`,
    bound: `${counted(calls)} calls`,
    measured: creditsSpent(answers).toFixed(4),
    isKept: isSumOf(answers, calls),
  };
}

/** The calls of one query, alone. */
async function callsOfOne(): Promise<number> {
  return within(async (keep) => {
    const upstream = keep(await startUpstream({ latencyMs }));
    const gateway = keep(await startGateway(upstream));
    await gateway.ask(nested);
    return upstream.requests.length;
  });
}

export async function identicalQueries({ concurrent }: Size): Promise<readonly Line[]> {
  const floor = floorOfFive(10);
  const alone = await callsOfOne();
  return within(async (keep) => {
    const upstream = keep(await startUpstream({ latencyMs }));
    const gateway = keep(await startGateway(upstream));
    const answers = await burst(
      gateway,
      Array.from({ length: concurrent }, () => nested),
    );
    const calls = upstream.requests.length;
    const shares = answers.map(spentOf);
    return [
      {
        name: `${counted(concurrent)} concurrent identical queries, cold`,
        bound: `${alone} calls, as one query alone (floor ${floor})`,
        measured: `${calls} calls, ${told(answers)}`,
        isKept: calls === alone && alone === floor && failed(answers) === 0,
      },
      creditsLine('these', answers, calls),
      {
        name: '  the share of each',
        bound: `the same: ${(calls / concurrent).toFixed(6)}`,
        measured: `${Math.min(...shares).toFixed(6)} to ${Math.max(...shares).toFixed(6)}`,
        isKept: Math.max(...shares) - Math.min(...shares) < 1e-5,
      },
    ];
  });
}

const processes = 3;
/** Long enough for any stall of a busy machine: what is left is not a matter of time. */
const patient = { REDIS_TIMEOUT_MS: '10000', ROWS_REDIS_TIMEOUT_MS: '10000' };

export const identicalQueriesOfReplicas: Scenario = (size) =>
  replicas(size, { name: `the same over ${processes} processes sharing Redis`, isOfMachine: true });

export const identicalQueriesOfPatientReplicas: Scenario = (size) =>
  replicas(size, { name: '  if they wait for Redis for 10 s', env: patient });

interface Replicas extends Pick<Line, 'name'> {
  readonly env?: Env;
  readonly isOfMachine?: boolean;
}

async function replicas(
  { concurrent }: Size,
  { name, env, isOfMachine = false }: Replicas,
): Promise<readonly Line[]> {
  const alone = floorOfFive(10);
  return within(async (keep) => {
    const upstream = keep(await startUpstream({ latencyMs }));
    const server = await startRedis();
    keep({ close: server.stop });
    const each = Math.ceil(concurrent / processes);
    const options = { env: { REDIS_URL: server.url, ...env }, connections: each };
    const gateways = await Promise.all(
      Array.from({ length: processes }, () => startGatewayProcess(upstream, options)),
    );
    for (const gateway of gateways) keep(gateway);
    const redis = new Redis(server.url);
    keep({ close: () => redis.quit() });
    const answers = (
      await Promise.all(
        gateways.map((gateway) =>
          burst(
            gateway,
            Array.from({ length: each }, () => nested),
          ),
        ),
      )
    ).flat();
    const calls = upstream.requests.length;
    // Nothing else in this Redis lives so short.
    const expired = Number(/expired_keys:(\d+)/.exec(await redis.info('stats'))?.[1]);
    const outages = gateways.filter((gateway) => gateway.logged().includes('rows are not shared'));
    return [
      {
        name,
        bound: `${alone} calls (+1 for an expired lock)`,
        measured: `${calls} calls, ${expired} locks expired, ${outages.length} processes gave Redis up, ${told(answers)}`,
        isKept: calls <= alone + Math.min(1, expired) && failed(answers) === 0,
        // A process that stands still for longer than a lock lasts loses it.
        ...(isOfMachine || expired > 0 ? { isOfMachine: true } : {}),
      },
      creditsLine('these', answers, calls),
    ];
  });
}

/** What is asked of many tokens, and how its calls are told. */
function manyQueries({ tokens, queries }: Size) {
  const picked = zipf(tokenIds(tokens), queries, 1);
  const distinct = new Set(picked).size;
  const floor = floorOfFive(distinct);
  return {
    floor,
    floorTold: `floor ${floor} for ${counted(distinct)} tokens`,
    asked: picked.map(fiveFields),
    ratio: (calls: number) => `${counted(calls)} calls, ${(calls / floor).toFixed(2)}×`,
  };
}

export async function manyTokens(size: Size): Promise<readonly Line[]> {
  const { tokens, queries } = size;
  const { asked, floor, floorTold, ratio } = manyQueries(size);
  return within(async (keep) => {
    const upstream = keep(await startUpstream({ latencyMs, tokens }));
    const gateway = keep(await startGateway(upstream));
    const startedAt = performance.now();
    const answers = await burst(gateway, asked);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    const calls = upstream.requests.length;
    upstream.clearRequests();
    const again = await burst(gateway, asked);
    const callsAgain = upstream.requests.length;
    return [
      {
        name: `${counted(queries)} queries, Zipf over ${counted(tokens)} tokens, 5 fields, at once`,
        bound: `≤ ${withinFloor}× ${floorTold}`,
        measured: `${ratio(calls)}, ${told(answers)}, ${seconds} s`,
        isKept: calls <= withinFloor * floor && failed(answers) === 0,
      },
      creditsLine('these', answers, calls),
      {
        name: 'warm repeat of all of it',
        bound: '0 calls',
        measured: `${callsAgain} calls, ${told(again)}`,
        isKept: callsAgain === 0 && failed(again) === 0,
      },
    ];
  });
}

export async function manyTokensPaced(size: Size): Promise<readonly Line[]> {
  const { tokens, pacedConnections: connections } = size;
  const { asked, floorTold, ratio } = manyQueries(size);
  return within(async (keep) => {
    const upstream = keep(await startUpstream({ latencyMs, tokens }));
    const gateway = keep(await startGatewayProcess(upstream, { connections }));
    const startedAt = performance.now();
    const answers = await paced(gateway, asked, connections);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    const calls = upstream.requests.length;
    return [
      {
        name: `the same queries, cold, paced over ${connections} connections`,
        bound: floorTold,
        measured: `${ratio(calls)}, ${told(answers)}, ${seconds} s, longest ${longestMs(answers).toFixed(0)} ms`,
      },
      creditsLine('these', answers, calls),
    ];
  });
}
