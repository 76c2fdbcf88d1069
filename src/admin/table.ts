import type { View } from './view.ts';

type UpstreamView = View['upstreams'][number];
type Spenders = View['spenders']['today'];

/** The view as an operator reads it in a terminal. */
export function tableOf({ at, upstreams, spenders }: View): string {
  const atMs = Date.parse(at);
  return [
    `At ${at}. Endpoints, memory and requests are of this process; budgets and spenders of all that share Redis.`,
    ...upstreams.map((upstream) => upstreamTable(upstream, atMs)),
    spendersTable('today', spenders.today),
    spendersTable('yesterday', spenders.yesterday),
    '',
  ].join('\n\n');
}

function upstreamTable(upstream: UpstreamView, atMs: number): string {
  const { state, budget, rows } = upstream;
  const lines = [
    ['breaker', breakerWords(state)],
    ['brown-out step', budget.step],
    ['requests', `${state.running} running, ${state.queued} queued`],
    [
      'credits',
      `${number(budget.reserved)} reserved, ${number(budget.drawn)} drawn by this process`,
    ],
    ['memory', memoryWords(rows.memory)],
    ['Redis', redisWords(upstream)],
    ...state.endpoints.map((endpoint) => [endpoint.path, endpointWords(endpoint)]),
  ];
  return [
    `Upstream ${upstream.upstream}`,
    columns(lines, 'left'),
    budgetTable(budget, atMs),
    endpointTable(upstream),
  ].join('\n\n');
}

function budgetTable(budget: UpstreamView['budget'], atMs: number): string {
  const windows = [budget.minute, budget.month].map(({ limit, used, left, resetAt }, index) => [
    index === 0 ? 'minute' : 'month',
    limit === null ? 'none' : number(limit),
    number(used),
    left === null ? '-' : number(left),
    `in ${duration((Date.parse(resetAt) - atMs) / 1000)}`,
    resetAt,
  ]);
  return columns([['budget', 'limit', 'used', 'left', 'resets', 'at'], ...windows]);
}

function endpointTable({ endpoints, total }: UpstreamView): string {
  const counted = Object.entries(endpoints).sort(
    ([a, { calls: ofA }], [b, { calls: ofB }]) => ofB - ofA || (a < b ? -1 : 1),
  );
  if (counted.length === 0) return '  No rows were asked for yet.';
  const rows = [...counted, ['all', total] as const].map(([path, counts]) => [
    path,
    ...[counts.hits, counts.misses, counts.joins, counts.stale].map(number),
    ...[counts.failed, counts.calls].map(number),
    counts.hitRate === null ? '-' : `${(counts.hitRate * 100).toFixed(1)} %`,
  ]);
  const head = ['endpoint', 'hits', 'misses', 'joins', 'stale', 'failed', 'calls', 'hit rate'];
  return columns([head, ...rows]);
}

function spendersTable(when: string, { day, rows, totals, isComplete }: Spenders): string {
  const part = isComplete ? '' : '; the shared books cannot be read, this is what they lack';
  const head = `Top spenders ${when}, ${day}: ${number(totals.borne)} credits in all${part}`;
  if (rows.length === 0) return head;
  const spenders = rows.map(({ caller = '', credits }) => [printable(caller), number(credits)]);
  return `${head}\n\n${columns([['caller', 'credits'], ...spenders])}`;
}

function breakerWords({ breaker, nextProbeSeconds }: UpstreamView['state']): string {
  return nextProbeSeconds === undefined
    ? breaker
    : `${breaker}, next probe in ${duration(nextProbeSeconds)}`;
}

function endpointWords(endpoint: UpstreamView['state']['endpoints'][number]): string {
  const { breaker, nextProbeSeconds, pausedSeconds } = endpoint;
  const words = [];
  if (pausedSeconds > 0) words.push(`paused for ${duration(pausedSeconds)}`);
  if (breaker !== 'closed') words.push(`breaker ${breaker}`);
  if (nextProbeSeconds !== undefined) words.push(`next probe in ${duration(nextProbeSeconds)}`);
  return words.join(', ');
}

function memoryWords({ entries, bytes, bytesMax }: UpstreamView['rows']['memory']): string {
  if (bytesMax === 0) return 'off';
  const megabytes = (count: number) => (count / 1024 / 1024).toFixed(1);
  return `${number(entries)} entries, ${megabytes(bytes)} of ${megabytes(bytesMax)} MB`;
}

function redisWords({ budget, rows: { shared } }: UpstreamView): string {
  if (budget.redis === 'none') return 'none';
  const words = [`budget ${budget.redis}`];
  if (shared !== undefined) {
    const { isUsed, hits, received, errors, timeouts } = shared;
    words.push(`rows ${isUsed ? 'used' : 'away'}`, `${number(hits)} hits`);
    words.push(`${number(received)} received of others`, `${number(errors)} errors`);
    words.push(`${number(timeouts)} timeouts`);
  }
  return words.join(', ');
}

/** As wide as the widest cell of each column; the first to the left, figures to the right. */
function columns(rows: readonly (readonly string[])[], others: 'left' | 'right' = 'right'): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, index) => (widths[index] = Math.max(widths[index] ?? 0, cell.length)));
  }
  const padded = (cell: string, index: number) =>
    index === 0 || others === 'left'
      ? cell.padEnd(widths[index] ?? 0)
      : cell.padStart(widths[index] ?? 0);
  return rows.map((row) => `  ${row.map(padded).join('  ').trimEnd()}`).join('\n');
}

/** Shares of a credit to the hundredth. */
const number = (value: number) => value.toLocaleString('en-US', { maximumFractionDigits: 2 });

function duration(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  if (whole < 120) return `${whole} s`;
  if (whole < 7200) return `${Math.floor(whole / 60)} min`;
  if (whole < 172_800) return `${Math.floor(whole / 3600)} h`;
  return `${Math.floor(whole / 86_400)} d`;
}

/** A name must not steer the terminal it is printed on. */
const printable = (text: string) => text.replace(/[\p{Cc}\p{Cf}]/gu, '\u{fffd}');
