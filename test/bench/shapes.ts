import { createSandbox } from '../../src/sandbox/sandbox.ts';
import { endpoints } from '../../src/upstreams/tokenmetrics/endpoints.ts';
import { zodRows } from './zod-rows.ts';

/**
 * Prints what reading rows costs beside parsing their JSON, and beside the same shapes in zod: about a
 * thousand rows of the sandbox an endpoint, in turns, medians in microseconds a row. Ends with 1 when
 * rows cost more than their JSON. Arguments name the endpoints to run; all without any. Traffic to
 * loopback only.
 */
const perToken = 'token_id=3375,3306';
const queries = {
  ...{ tokens: '', price: '', tmGrade: '', quantMetrics: '', correlation: '' },
  ...{ resistanceSupport: '', pricePrediction: '' },
  ...{ tmGradeHistory: perToken, investorGrades: perToken, tradingSignals: perToken },
  ...{ hourlyTradingSignals: perToken, dailyOhlcv: perToken, hourlyOhlcv: perToken },
} as const;
type Name = keyof typeof queries;
const isName = (name: string): name is Name => Object.hasOwn(queries, name);

const rounds = { warm: 20, counted: 40 };
const known = Object.keys(queries).filter(isName);
const wanted = process.argv.slice(2);
if (!wanted.every(isName)) throw new Error(`expected names of endpoints: ${known.join(', ')}`);

const sandbox = await createSandbox({ tokens: 1000, candleDaysMax: Infinity });
const bodies = new Map<Name, string>();
for (const name of wanted.length > 0 ? wanted.filter(isName) : known) {
  bodies.set(name, await bodyOf(name));
}
await sandbox.close();

/** Ten pages as one body. */
async function bodyOf(name: Name): Promise<string> {
  const data: unknown[] = [];
  for (let page = 1; page <= 10; page += 1) {
    const url = `${sandbox.url}/v2${endpoints[name].path}?${queries[name]}&limit=100&page=${page}`;
    const answer = await fetch(url, { headers: { 'x-api-key': sandbox.key } });
    const body: any = await answer.json();
    data.push(...body.data);
  }
  return JSON.stringify({ success: true, length: data.length, data });
}

type Parse = (record: unknown) => unknown;
let kept: unknown;

/** Milliseconds of the JSON and of its rows. */
function timeOf(text: string, parse: Parse): readonly [number, number] {
  const startedAt = performance.now();
  const { data } = JSON.parse(text);
  const parsedAt = performance.now();
  const rows: unknown[] = [];
  for (const record of data) {
    const row = parse(record);
    if (row !== undefined) rows.push(row);
  }
  const readAt = performance.now();
  if (rows.length < data.length)
    throw new Error(`expected ${data.length} rows, got ${rows.length}`);
  // What nobody keeps might never be made.
  kept = rows;
  return [parsedAt - startedAt, readAt - parsedAt];
}

const median = (times: readonly number[]) =>
  times.toSorted((a, b) => a - b)[times.length >> 1] ?? 0;

interface Times {
  readonly json: number[];
  readonly row: number[];
  readonly zod: number[];
}
const times = new Map<Name, Times>();
for (const name of bodies.keys()) times.set(name, { json: [], row: [], zod: [] });
for (let round = -rounds.warm; round < rounds.counted; round += 1) {
  for (const [name, text] of bodies) {
    const [json, row] = timeOf(text, endpoints[name].row);
    const [, zod] = timeOf(text, zodRows[name]);
    if (round < 0) continue;
    times.get(name)?.json.push(json);
    times.get(name)?.row.push(row);
    times.get(name)?.zod.push(zod);
  }
}

/** Bytes a row takes that is kept, with the texts only it has; NaN without `--expose-gc`. */
function bytesOf(text: string, parse: Parse): number {
  if (globalThis.gc === undefined) return NaN;
  kept = undefined;
  globalThis.gc();
  const before = process.memoryUsage().heapUsed;
  const rows = JSON.parse(text).data.map(parse);
  kept = rows;
  globalThis.gc();
  return (process.memoryUsage().heapUsed - before) / rows.length;
}

const columns = ['JSON', 'rows', 'zod', 'rows/JSON', 'zod/JSON', 'bytes', 'zod bytes'];
const line = (name: string, cells: readonly string[]) =>
  [name.padEnd(22), ...cells.map((cell) => cell.padStart(10))].join(' ');
process.stdout.write(`${line('', columns)}\n`);
for (const [name, text] of bodies) {
  const measured = times.get(name) ?? { json: [], row: [], zod: [] };
  const rows = JSON.parse(text).data.length;
  const [json, row, zod] = [measured.json, measured.row, measured.zod].map(
    (all) => (median(all) / rows) * 1000,
  ) as [number, number, number];
  const bytes = [endpoints[name].row, zodRows[name]].map((parse) =>
    bytesOf(text, parse).toFixed(0),
  );
  const figures = [json, row, zod, row / json, zod / json].map((figure) => figure.toFixed(2));
  process.stdout.write(`${line(name, [...figures, ...bytes])}\n`);
  if (row > json) process.exitCode = 1;
}
if (kept === undefined) throw new Error('expected rows');
