import { deepStrictEqual } from 'node:assert/strict';
import { resolve } from 'node:path';
import { ask, dataOf } from './asking.ts';
import { startChildServer } from './child-server.ts';
import { median } from './columns.ts';
import { startGateway } from './gateway.ts';
import { root } from './machine.ts';
import { openLoop, type OpenLoopResult } from './open-loop.ts';
import { randomLists } from './random-lists.ts';
import type { Folder, Request } from './workload.ts';
import { type LoadResult, wrk } from './wrk.ts';

export interface DelayOptions {
  readonly folder: Folder;
  readonly document: string;
  readonly list: string;
  readonly delayMs: number;
  /** Settings of the gateway: for how long it keeps rows. */
  readonly env: Readonly<Record<string, string>>;
  /** How long the lists inside the upstream's rows are at most. */
  readonly listMembersMax: number;
  readonly perSecond: number;
  readonly connections: number;
  readonly seconds: number;
  readonly rounds: number;
  readonly say: (progress: string) => void;
}

export interface Measured {
  readonly delayMs: number;
  readonly list: string;
  /** What an answer of the upstream takes without the gateway. */
  readonly ownMs: number;
  /** What an answer of the gateway takes when nobody else asks. */
  readonly aloneMs: number;
  readonly open: readonly OpenLoopResult[];
  readonly openCallsEach: number;
  readonly closed: readonly LoadResult[];
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

/** Runs both loops against a gateway that keeps no answers, on an upstream that takes so long. */
export async function measureDelay(options: DelayOptions): Promise<Measured> {
  const { folder, document, list, delayMs, env, listMembersMax } = options;
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
    const lists = randomLists(document, tokenIds, listsCount);
    const requests = await folder.writeRequests('requests', lists);
    const gateway = await startGateway({
      env: {
        ...folder.env,
        TOKENMETRICS_API_KEY: 'bench',
        TOKENMETRICS_BASE_URL: `${upstream.origin}/v2`,
        TOKENMETRICS_CONNECTIONS: '64',
        ANSWERS_MEMORY_MB: '0',
        ...env,
      },
    });
    try {
      const { origin } = gateway;
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

      const open: OpenLoopResult[] = [];
      const closed: LoadResult[] = [];
      const looked: string[] = [];
      const closedLoop = { origin, requests, connections };
      const expected = await folder.write('expected', '"data":{"tokens":{"nodes":[{"symbol":"');
      await wrk({ ...closedLoop, seconds: warmUpSeconds });
      let [openCalls, closedCalls] = [0, 0];
      for (let round = 1; round <= rounds; round += 1) {
        say(`${delayMs} ms, ${list}: round ${round} of ${rounds}`);
        const before = await callsOfUpstream();
        open.push(await openLoop({ origin, requests, perSecond, seconds, warmUpSeconds: 1 }));
        const between = await callsOfUpstream();
        closed.push(await wrk({ ...closedLoop, seconds }));
        openCalls += between - before;
        closedCalls += (await callsOfUpstream()) - between;
        looked.push(...(await wrk({ ...closedLoop, seconds: lookSeconds, expected })).faults);
      }
      const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
      return {
        ...{ delayMs, list, ownMs, aloneMs, open, closed },
        openCallsEach: openCalls / sum(open.map(({ sent }) => sent)),
        closedCallsEach: closedCalls / sum(closed.map((run) => run.requests)),
        faults: [...looked, ...[...open, ...closed].flatMap((run) => run.faults)].map(
          (fault) => `${delayMs} ms, ${list}: ${fault}`,
        ),
      };
    } finally {
      await gateway.close();
    }
  } finally {
    await upstream.close();
  }
}

/** A list answers what the upstream says of its tokens, in its order. */
async function check(origin: string, request: Request, key: string, upstream: string) {
  const { tokens } = await dataOf(origin, request, key);
  const ids: string[] = JSON.parse(request.body).variables.ids;
  const numbers = ids.map((id) => Number(Buffer.from(id, 'base64url').toString().split(':')[1]));
  const rowsOf = async (endpoint: string) => {
    const text = await textOf(`${upstream}/v2/${endpoint}?token_id=${numbers.join(',')}`);
    const rows: any[] = JSON.parse(text).data;
    return new Map(rows.map((row) => [row.TOKEN_ID, row]));
  };
  const [named, graded] = [await rowsOf('tokens'), await rowsOf('tm-grade')];
  const expected = numbers.map((number) => ({
    symbol: String(named.get(number)?.TOKEN_SYMBOL).toUpperCase(),
    grade: graded.get(number)?.TM_GRADE,
  }));
  const got = tokens.nodes.map((node: any, index: number) => ({
    symbol: node.symbol,
    // A list of names alone has no grade to compare.
    grade: 'tmGrade' in node ? node.tmGrade?.grade : expected[index]?.grade,
  }));
  deepStrictEqual(got, expected);
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

const textOf = async (url: string) => (await fetch(url)).text();
