import { setTimeout as after } from 'node:timers/promises';
import { Agent } from 'undici';
import { startGateway } from './gateway.ts';
import type { Stage } from './stage.ts';
import { atMost, none, type Verdict } from './tables.ts';

export interface DrainOptions {
  /** How many wait for the upstream when the gateway is told to end. */
  readonly requests: number;
  readonly upstreamMs: number;
}

const exitMaxMs = 1000;

/** A gateway that is told to end while clients wait for an upstream that takes its time. */
export async function runDrain(stage: Stage, options: DrainOptions): Promise<readonly Verdict[]> {
  const { bundle, env, world } = stage;
  const { requests, upstreamMs } = options;
  const { app: keys } = world.keys;
  // However few of them share a request to the upstream, none waits for a connection.
  const connections = { TOKENMETRICS_CONNECTIONS: String(requests) };
  const gateway = await startGateway({ bundle, env: { ...env, ...connections } });
  const agent = new Agent({ connections: requests });
  const failures: string[] = [];
  let answered = 0;
  let lastAt = 0;
  const ask = async (index: number) => {
    const { statusCode, body } = await agent.request({
      ...{ origin: gateway.origin, path: '/graphql', method: 'POST' },
      headers: {
        ...{ accept: 'application/graphql-response+json', 'content-type': 'application/json' },
        'x-api-key': keys[index % keys.length] ?? '',
      },
      body: JSON.stringify({
        query: `{ tokens(filter: { names: ["Nobody's ${index}"] }) { nodes { symbol } } }`,
      }),
    });
    const text = await body.text();
    answered += 1;
    lastAt = performance.now();
    if (statusCode !== 200 || text.includes('"errors"')) failures.push(`${statusCode} ${text}`);
  };
  try {
    stage.slowDown(upstreamMs);
    const asked = Array.from({ length: requests }, async (_, index) => {
      await ask(index).catch((error: unknown) => failures.push(String(error)));
    });
    while (missedIn(await gateway.metrics()) < requests) await after(10);
    const early = answered;
    const ending = await gateway.terminate();
    const exitMs = performance.now() - lastAt;
    await Promise.all(asked);
    return [
      {
        ...{
          what: `drain: answered of ${requests} that waited`,
          measured: String(answered - early),
        },
        ...{ bound: String(requests), isKept: answered === requests && early === 0 },
      },
      none('drain: requests that failed', failures),
      {
        ...{ what: 'drain: how the process ended', measured: ending, bound: '0' },
        isKept: ending === '0',
      },
      { ...atMost('drain: ms from the last answer to the exit', exitMs, exitMaxMs), isSpeed: true },
    ];
  } finally {
    stage.slowDown(0);
    await gateway.kill();
    await agent.close();
  }
}

/** Rows that had to be asked for. */
const missedIn = (metrics: string) => {
  const samples = metrics.matchAll(/^assay_rows_total\{.*outcome="miss".*\} (\d+)$/gm);
  return [...samples].reduce((sum, [, count]) => sum + Number(count), 0);
};
