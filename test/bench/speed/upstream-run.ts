import { resolve } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { ask } from './asking.ts';
import { type ChildServer, startChildServer } from './child-server.ts';
import { median } from './columns.ts';
import { withCpuOf } from './cpu-time.ts';
import { root } from './machine.ts';
import { openLoop, type OpenLoopResult } from './open-loop.ts';
import { randomLists } from './random-lists.ts';
import { check, textOf } from './upstream-check.ts';
import type { Lane } from './upstream-lanes.ts';
import type { Folder } from './workload.ts';
import { type LoadResult, wrk } from './wrk.ts';

export interface DelayOptions {
  readonly folder: Folder;
  readonly lane: Lane;
  readonly delayMs: number;
  /** How long the lists inside the upstream's rows are at most. */
  readonly listMembersMax: number;
  readonly perSecond: number;
  readonly connections: number;
  readonly seconds: number;
  readonly rounds: number;
  readonly say: (progress: string) => void;
}

/** Of a run of either loop, with what a request took of the server's processor time. */
export type Costed<Run> = Run & { readonly cpuMicros: number };

export interface Measured {
  readonly delayMs: number;
  readonly lane: Lane;
  /** What an answer of the upstream takes by itself. */
  readonly ownMs: number;
  /** What an answer of the lane takes when nobody else asks. */
  readonly aloneMs: number;
  readonly open: readonly Costed<OpenLoopResult>[];
  readonly openCallsEach: number;
  readonly closed: readonly Costed<LoadResult>[];
  readonly closedCallsEach: number;
  readonly faults: readonly string[];
}

const tokensCount = 1000;
const listsCount = 5000;
const checkedCount = 5;
const timedCount = 40;
const warmUpSeconds = 3;
/** After each round, wrk looks at every body for so long. */
const lookSeconds = 2;
/** wrk leaves when its time is up: what it has asked for last is answered by then. */
const quietMs = 500;

/** Runs both loops against a lane, on an upstream that takes so long. */
export async function measureDelay(options: DelayOptions): Promise<Measured> {
  const { folder, lane, delayMs, listMembersMax } = options;
  const { perSecond, connections, seconds, rounds, say } = options;
  const upstream = await startChildServer({
    command: [
      process.execPath,
      resolve(root, 'test/bench/speed/servers/fake-upstream.mjs'),
      ...[delayMs, tokensCount, listMembersMax].map(String),
    ],
    core: 'load',
  });
  const callsOfUpstream = async () => Number(await textOf(`${upstream.origin}/calls`));
  try {
    const tokenIds: number[] = JSON.parse(await textOf(`${upstream.origin}/numbers`));
    const lists = randomLists(lane.document, tokenIds, listsCount);
    const requests = await folder.writeRequests('requests', lists);
    const server = await lane.start(folder, upstream.origin);
    try {
      const { origin } = server;
      const [key = ''] = folder.keys;
      for (const request of lists.slice(0, checkedCount)) {
        await check(origin, request, key, upstream.origin);
      }
      const url = `${upstream.origin}/v2/tm-grade?token_id=${tokenIds.slice(0, 20).join(',')}`;
      const ownMs = await timeOf(() => textOf(url));
      // The first ones compile: those after them tell.
      const askFor = (index: number) => ask(origin, lists[index] ?? lists[0]!, key);
      await timeOf(askFor);
      const aloneMs = await timeOf(askFor);

      const open: Costed<OpenLoopResult>[] = [];
      const closed: Costed<LoadResult>[] = [];
      const looked: string[] = [];
      const closedLoop = { origin, requests, connections };
      const expected = await folder.write('expected', '"data":{"tokens":{"nodes":[{"symbol":"');
      await wrk({ ...closedLoop, seconds: warmUpSeconds });
      let [openCalls, closedCalls] = [0, 0];
      for (let round = 1; round <= rounds; round += 1) {
        say(`${delayMs} ms, ${lane.name}: round ${round} of ${rounds}`);
        await after(quietMs);
        const before = await callsOfUpstream();
        open.push(
          await costed(
            server,
            ({ sent }) => sent,
            () => openLoop({ origin, requests, perSecond, seconds, warmUpSeconds: 1 }),
          ),
        );
        const between = await callsOfUpstream();
        closed.push(
          await costed(
            server,
            (run) => run.requests,
            () => wrk({ ...closedLoop, seconds }),
          ),
        );
        openCalls += between - before;
        closedCalls += (await callsOfUpstream()) - between;
        looked.push(...(await wrk({ ...closedLoop, seconds: lookSeconds, expected })).faults);
      }
      const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
      return {
        ...{ delayMs, lane, ownMs, aloneMs, open, closed },
        openCallsEach: openCalls / sum(open.map(({ sent }) => sent)),
        closedCallsEach: closedCalls / sum(closed.map((run) => run.requests)),
        faults: [...looked, ...[...open, ...closed].flatMap((run) => run.faults)].map(
          (fault) => `${delayMs} ms, ${lane.name}: ${fault}`,
        ),
      };
    } finally {
      await server.close();
    }
  } finally {
    await upstream.close();
  }
}

/** Runs a loop, and tells what each of its requests took of the server's processor time. */
async function costed<Run extends object>(
  server: ChildServer,
  countOf: (run: Run) => number,
  loop: () => Promise<Run>,
): Promise<Costed<Run>> {
  const { result, cpuMicros } = await withCpuOf(server, loop);
  return { ...result, cpuMicros: cpuMicros / countOf(result) };
}

async function timeOf(work: (index: number) => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let index = 0; index < timedCount; index += 1) {
    const startedAt = performance.now();
    await work(index);
    times.push(performance.now() - startedAt);
  }
  return median(times);
}
