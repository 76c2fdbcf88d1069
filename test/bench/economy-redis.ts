import { startRedis } from '../support/redis.ts';
import { counted, type Line, type Size } from './economy-line.ts';
import { burst, longestMs, paced, sum } from './economy-load.ts';
import { startSlowReplies } from './slow-replies.ts';
import {
  type Answer,
  type Env,
  fiveFields,
  fiveFieldsOf,
  isWhole,
  startGateway,
  startUpstream,
  tokenIds,
  within,
} from './economy-world.ts';

/** A Redis that goes away, comes back or takes its time. */

const replicas = 2;
const clients = 10;
const tokensOfWave = 5;

/** Waves of the same query at all gateways at once, of new tokens each time; `act` goes on beside them. */
async function callsOfWaves(
  { waves }: Size,
  env: Env,
  act: (wave: number) => Promise<unknown> | undefined,
): Promise<{ readonly calls: readonly number[]; readonly failed: number; readonly asked: number }> {
  return within(async (keep) => {
    const upstream = keep(await startUpstream({ latencyMs: 20, tokens: waves * tokensOfWave }));
    const gateways = await Promise.all(
      Array.from({ length: replicas }, () => startGateway(upstream, { env })),
    );
    for (const gateway of gateways) keep(gateway);
    const ids = tokenIds(waves * tokensOfWave);
    const calls: number[] = [];
    let failed = 0;
    for (let wave = 0; wave < waves; wave += 1) {
      const before = upstream.requests.length;
      const query = fiveFieldsOf(ids.slice(wave * tokensOfWave, (wave + 1) * tokensOfWave));
      const asked = Array.from({ length: clients }, () => query);
      const [answers] = await Promise.all([
        Promise.all(gateways.map((gateway) => burst(gateway, asked))),
        act(wave),
      ]);
      failed += answers.flat().filter((answer) => !isWhole(answer)).length;
      calls.push(upstream.requests.length - before);
    }
    return { calls, failed, asked: waves * clients * replicas };
  });
}

export async function redisKilled(size: Size): Promise<readonly Line[]> {
  const without = await callsOfWaves(size, {}, () => undefined);
  const server = await startRedis();
  const [killAt, restartAt] = [Math.floor(size.waves / 3), Math.floor((2 * size.waves) / 3)];
  try {
    const env = { REDIS_URL: server.url };
    const { calls, failed, asked } = await callsOfWaves(size, env, (wave) => {
      if (wave === killAt) return server.kill();
      return wave === restartAt ? server.restart() : undefined;
    });
    const parts = [calls.slice(0, killAt), calls.slice(killAt, restartAt), calls.slice(restartAt)];
    const told = parts.map((part) => counted(sum(part))).join(', ');
    return [
      {
        name: `Redis killed and restarted under load, ${replicas} gateways`,
        bound: `0 failed; ≤ ${counted(sum(without.calls))} calls, as without Redis`,
        measured: `${counted(failed)} of ${counted(asked)} failed; ${counted(sum(calls))} calls (before, without, after: ${told})`,
        isKept:
          failed === 0 && calls.every((count, wave) => count <= (without.calls[wave] ?? Infinity)),
      },
    ];
  } finally {
    await server.stop();
  }
}

const delayMs = 2000;
const redisDeadlineMs = 100;
/** What a busy machine may add to one request. */
const slackMs = 50;

/** New tokens, one after the other: what is measured is a request and no queue. */
async function answersOf(
  { slowRedisQueries: count }: Size,
  env: Env,
  beforeLoad: () => void,
): Promise<{ readonly answers: readonly Answer[]; readonly calls: number }> {
  return within(async (keep) => {
    const upstream = keep(await startUpstream({ latencyMs: 20, tokens: count + 20 }));
    const gateway = keep(await startGateway(upstream, { env }));
    const queries = tokenIds(count + 20).map(fiveFields);
    // What is compiled and connected on the way is not what is measured.
    await paced(gateway, queries.slice(count), 1);
    beforeLoad();
    upstream.clearRequests();
    const answers = await paced(gateway, queries.slice(0, count), 1);
    return { answers, calls: upstream.requests.length };
  });
}

export async function redisSlow(size: Size): Promise<readonly Line[]> {
  const without = await answersOf(size, {}, () => undefined);
  const server = await startRedis();
  const slow = await startSlowReplies(server.url);
  try {
    const env = {
      REDIS_URL: slow.url,
      ROWS_REDIS_TIMEOUT_MS: String(redisDeadlineMs),
      REDIS_TIMEOUT_MS: String(redisDeadlineMs),
    };
    const { answers, calls } = await answersOf(size, env, () => slow.delayBy(delayMs));
    const bound = longestMs(without.answers) + redisDeadlineMs + slackMs;
    const failed = answers.filter((answer) => !isWhole(answer)).length;
    return [
      {
        name: `Redis answering in ${delayMs / 1000} s`,
        bound: `longest ≤ ${longestMs(without.answers).toFixed(0)} ms without Redis + ${redisDeadlineMs} + ${slackMs}`,
        measured: `longest ${longestMs(answers).toFixed(0)} ms, mean ${meanMs(answers)} ms (without ${meanMs(without.answers)} ms)`,
        isKept: longestMs(answers) <= bound,
        isOfMachine: true,
      },
      {
        name: '  who waits for it to the end',
        bound: `nobody: longest < ${delayMs} ms`,
        measured: `longest ${longestMs(answers).toFixed(0)} ms`,
        isKept: longestMs(answers) < delayMs,
      },
      {
        name: '  calls meanwhile',
        bound: `0 failed; ${counted(without.calls)} calls, as without Redis`,
        measured: `${failed} of ${counted(answers.length)} failed; ${counted(calls)} calls`,
        isKept: failed === 0 && calls === without.calls,
      },
    ];
  } finally {
    await slow.close();
    await server.stop();
  }
}

const meanMs = (answers: readonly Answer[]) =>
  (sum(answers.map(({ ms }) => ms)) / answers.length).toFixed(0);
