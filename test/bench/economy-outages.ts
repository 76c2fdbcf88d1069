import { counted, type Line, type Scenario, type Size } from './economy-line.ts';
import { burst, longestMs, zipf } from './economy-load.ts';
import {
  type Answer,
  fiveFields,
  isWhole,
  nameOf,
  startGateway,
  startUpstream,
  tokenIds,
  within,
} from './economy-world.ts';

/** An upstream that does not answer, or asks us to wait. */

const minuteMs = 60_000;
const downMinutes = 10;
const lifetimes = ['tokens', 'price', 'tm-grade', 'trader-grades', 'trading-signals']
  .map((endpoint) => `${endpoint}=60`)
  .join();

/** The rows beneath a token, whatever they are. */
const rowsOf = ({ data: { token } }: Answer): readonly any[] => [
  token.price,
  token.tmGrade,
  token.traderGrade,
  token.tradingSignal,
];
const hasMarkedRows = (answer: Answer) => rowsOf(answer).every(({ stale }) => stale === true);
const isToldStale = ({ extensions: { sources } }: Answer) =>
  sources.every(({ state, stale }: any) => state === 'STALE' && stale > 0);

export const downWhileWarm: Scenario = async (size) => [
  await downSince(size, Date.UTC(2026, 0, 15, 12), 'upstream down for 10 minutes, warm'),
];

export const downAcrossMidnight: Scenario = async (size) => [
  await downSince(size, Date.UTC(2026, 0, 15, 23, 55), 'the same across midnight UTC'),
];

async function downSince({ tokens }: Size, startMs: number, name: string): Promise<Line> {
  return within(async (keep) => {
    let nowMs = startMs;
    const now = () => nowMs;
    const upstream = keep(await startUpstream({ tokens, now }));
    const env = { TOKENMETRICS_LIFETIMES: lifetimes, TOKENMETRICS_BACKOFF_MS: '20' };
    const gateway = keep(await startGateway(upstream, { env, now }));
    const ids = tokenIds(tokens).slice(0, 200);
    await burst(gateway, ids.map(fiveFields));
    await upstream.close();
    const answers: Answer[] = [];
    for (let minute = 1; minute <= downMinutes; minute += 1) {
      // A second more: a value whose lifetime ends now is not stale yet.
      nowMs = startMs + minute * minuteMs + 1000;
      answers.push(...(await burst(gateway, zipf(ids, 100, minute).map(fiveFields))));
    }
    const whole = answers.filter(isWhole);
    const marked = whole.filter(hasMarkedRows).length;
    const toldStale = answers.filter(isToldStale).length;
    return {
      name,
      bound: 'all answered, 0 errors; all rows stale, all sources STALE',
      measured: `${counted(whole.length)} of ${counted(answers.length)} answered; rows stale in ${counted(marked)}, sources STALE in ${counted(toldStale)}`,
      isKept: [whole.length, marked, toldStale].every((count) => count === answers.length),
    };
  });
}

const deadlineMs = 2000;
const breakerMs = 500;
const failures = 5;
const connections = 16;
/** How far the clocks of a timer and of a log line may be apart. */
const clockMs = 5;

/** How an upstream can be down, and how many of its sockets are reached. */
const downs = {
  'a closed port': undefined,
  'reset connections': { resetConnection: true },
  'answers of 503': { status: 503 },
} as const;

export async function downWhileCold(size: Size): Promise<readonly Line[]> {
  const lines: Line[] = [];
  for (const [manner, fault] of Object.entries(downs))
    lines.push(...(await down(size, manner, fault)));
  return lines;
}

async function down(
  { clients, outageMs, tokens }: Size,
  manner: string,
  fault: (typeof downs)[keyof typeof downs],
): Promise<readonly Line[]> {
  return within(async (keep) => {
    const upstream = keep(await startUpstream());
    if (fault === undefined) await upstream.close();
    else upstream.faults.set(fault);
    const env = {
      TOKENMETRICS_TIMEOUT_MS: String(deadlineMs),
      TOKENMETRICS_BREAKER_MS: String(breakerMs),
      TOKENMETRICS_BREAKER_FAILURES: String(failures),
      TOKENMETRICS_CONNECTIONS: String(connections),
      TOKENMETRICS_BACKOFF_MS: '20',
    };
    const gateway = keep(await startGateway(upstream, { env }));
    const ids = tokenIds(tokens);
    const answers: Answer[] = [];
    const endsAt = Date.now() + outageMs;
    let next = 0;
    const client = async () => {
      while (Date.now() < endsAt) {
        answers.push(await gateway.ask(nameOf(ids[next++ % ids.length] ?? 1)));
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    };
    await Promise.all(Array.from({ length: clients }, client));

    const openedAt = gateway.lines
      .filter(({ msg, breaker }) => msg === 'breaker' && breaker === 'open')
      .map(({ time }) => Date.parse(String(time)))[0];
    const codes = new Set(answers.map(({ errors }) => errors?.[0]?.extensions.code));
    const longest = longestMs(answers);
    // Until the first probe is due, only what was on its way when it opened may arrive.
    const probesFrom = (openedAt ?? Infinity) + breakerMs - clockMs;
    const probes = upstream.requests.filter(({ at }) => at >= probesFrom);
    const gaps = probes.slice(1).map(({ at }, index) => at - (probes[index]?.at ?? 0));
    const before = upstream.requests.length - probes.length;
    return [
      {
        name: `upstream down, cold: ${manner}`,
        bound: `every query fails within ${deadlineMs} ms; the breaker opens`,
        measured: `${counted(answers.length)} queries, ${[...codes].join()}, longest ${longest.toFixed(0)} ms, ${openedAt === undefined ? 'never open' : 'open'}`,
        isKept:
          openedAt !== undefined &&
          answers.every(({ errors }) => errors !== undefined) &&
          longest < deadlineMs + 100,
        ...(longest < deadlineMs ? {} : { isOfMachine: true }),
      },
      {
        name: '  requests that reach its socket',
        bound: `≤ ${failures} + ${connections} in flight; once open, ≤ 1 probe per ${breakerMs} ms`,
        measured: `${before}; then ${probes.length} probes${gaps.length === 0 ? '' : `, ${Math.min(...gaps)} ms apart or more`}, in ${((endsAt - (openedAt ?? endsAt)) / 1000).toFixed(1)} s`,
        isKept:
          before <= failures + connections &&
          (fault === undefined || probes.length > 0) &&
          gaps.every((gap) => gap >= breakerMs - clockMs),
      },
    ];
  });
}

const retryAfterSeconds = 30;

export async function slowDown(size: Size): Promise<readonly Line[]> {
  const ids = tokenIds(size.limitedClients);
  const [first = 0] = ids;
  const same = ids.map(() => first);
  return [
    ...(await limited(size, 'one token', same, 1)),
    ...(await limited(size, 'a token each', ids, Math.ceil(ids.length / 100))),
  ];
}

async function limited(
  { limitedClients, isPauseSeenOut }: Size,
  manner: string,
  ids: readonly number[],
  /** Requests that may leave before the first answer can tell of the pause. */
  atOnceMax: number,
): Promise<readonly Line[]> {
  return within(async (keep) => {
    const upstream = keep(await startUpstream({ tokens: ids.length }));
    upstream.faults.set({ status: 429, retryAfterSeconds, latencyMs: 20 });
    const gateway = keep(await startGateway(upstream));
    const startedAt = Date.now();
    const answers: Answer[] = [];
    // Waves: clients that do not wait as they are told ask again and again.
    for (let wave = 0; wave < 4; wave += 1)
      answers.push(...(await burst(gateway, ids.map(nameOf))));
    const calls = upstream.requests.length;
    const waits = answers.map(({ retryAfter, errors }) => [
      Number(retryAfter),
      errors?.[0]?.extensions.retryAfterSeconds,
    ]);
    const areTold = waits.flat().every((seconds) => seconds > 0 && seconds <= retryAfterSeconds);
    const lines: Line[] = [
      {
        name: `429 with Retry-After: ${retryAfterSeconds}, ${counted(limitedClients)} clients of ${manner}`,
        bound: `≤ ${atOnceMax} ${atOnceMax === 1 ? 'call' : 'calls (all lists that are asked at once)'} until it is over`,
        measured: `${calls} ${calls === 1 ? 'call' : 'calls'} for ${counted(answers.length)} queries`,
        isKept: calls >= 1 && calls <= atOnceMax,
      },
      {
        name: '  what the clients are told',
        bound: `Retry-After and retryAfterSeconds, 1 to ${retryAfterSeconds}`,
        measured: `${counted(waits.filter(([header]) => (header ?? 0) > 0).length)} headers, ${Math.min(...waits.flat())} to ${Math.max(...waits.flat())} s`,
        isKept: areTold,
      },
    ];
    if (!isPauseSeenOut) return lines;
    upstream.faults.clear();
    const leftMs = startedAt + retryAfterSeconds * 1000 + 500 - Date.now();
    await new Promise((resolve) => setTimeout(resolve, leftMs));
    const after = await burst(gateway, ids.map(nameOf));
    lines.push({
      name: '  when it is over',
      bound: 'all answered',
      measured: `${counted(after.filter(({ errors }) => errors === undefined).length)} answered with ${upstream.requests.length - calls} calls`,
      isKept: after.every(({ errors }) => errors === undefined),
    });
    return lines;
  });
}
