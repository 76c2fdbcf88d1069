import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { createMemoryRows } from '../../../../dist/upstreams/rows/memory-rows.js';
import { createRowCounters } from '../../../../dist/upstreams/rows/row-counts.js';
import { createRowReader } from '../../../../dist/upstreams/rows/row-reader.js';
import { createTokenMetricsClient } from '../../../../dist/upstreams/tokenmetrics/client.js';
import { createListReader } from '../../../../dist/upstreams/tokenmetrics/lists.js';
import { createTokenMetricsLoaders } from '../../../../dist/upstreams/tokenmetrics/loaders.js';
import { createTokenMetricsReaders } from '../../../../dist/upstreams/tokenmetrics/readers.js';
import { createTokenMetricsReads } from '../../../../dist/upstreams/tokenmetrics/reads.js';
import { createTally } from '../../../../dist/usage.js';

/**
 * No server: fills the row cache to the brim with so many tokens, and prints what it costs to load 20 of
 * them, and 20 that have to be fetched from an upstream without a wire.
 */
const size = Number(process.argv[2]);
const seconds = Number(process.argv[3]);
const listSize = 20;
/** All ids have as many digits, so that all rows are estimated to take the same. */
const firstId = 1_000_000;
const now = Date.now;

const record = (id) => ({
  ...{ TOKEN_ID: Number(id), TOKEN_NAME: 'Bench', TOKEN_SYMBOL: 'BENCH' },
  ...{ EXCHANGE_LIST: [], CATEGORY_LIST: [], TM_LINK: null, CONTRACT_ADDRESS: {} },
});
/** Has a row for whatever token it is asked for. */
const upstream = {
  get: ({ query }) => {
    const data = query.token_id.split(',').map(record);
    return Promise.resolve({ status: 200, headers: {}, body: { success: true, data } });
  },
};
const yes = () => Promise.resolve();
const nothing = () => {};
const account = {
  ...{ admit: yes, draw: yes, giveBack: nothing, bear: nothing },
  ...{ depart: nothing, land: nothing, close: nothing },
};
const fail = (fault) => {
  throw fault instanceof Error ? fault : new Error(`expected all rows, got ${String(fault)}`);
};

/** Rows in so much memory, and the loaders before them. */
function createRows(bytesMax) {
  const memory = createMemoryRows({ bytesMax });
  const lists = createListReader(now);
  const client = createTokenMetricsClient({ upstream, version: 'v2', now, onDropped: fail });
  const readers = createTokenMetricsReaders({
    ...{ lists, now, lifetimes: new Map() },
    reads: createTokenMetricsReads({ client, lists, now }),
    reader: createRowReader({
      ...{ upstream: 'bench', origin: 'bench', memory, shared: undefined, now },
      ...{ windowMs: 0, patienceMs: 0, counters: createRowCounters(), random: Math.random },
      ...{ thrift: () => 'none', onBackgroundFault: fail },
    }),
  });
  const loaders = createTokenMetricsLoaders({ readers });
  const { signal } = new globalThis.AbortController();
  return {
    memory,
    keep: readers.tokens.keep,
    /** As an operation of its own reads them. */
    read: (ids) =>
      loaders({ signal, maxStaleMs: Infinity, account, tally: createTally() }).token.loadMany(ids),
  };
}

async function measure(series, nextIds) {
  const times = [];
  let faults = 0;
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  let endedAt = startedAt;
  while (endedAt - startedAt < seconds * 1000) {
    const ids = nextIds();
    const found = rows.read(ids);
    const read = found instanceof Promise ? await found : found;
    if (read.some((row, index) => row?.tokenId !== ids[index])) faults += 1;
    const before = endedAt;
    endedAt = performance.now();
    times.push(endedAt - before);
  }
  const { user, system } = process.cpuUsage(cpu);
  times.sort((a, b) => a - b);
  return {
    ...{ series, size, startMs: 0 },
    cpuMicros: (user + system) / times.length,
    perSecond: (times.length * 1000) / (endedAt - startedAt),
    p99Ms: times[Math.floor(times.length * 0.99)],
    faults: faults === 0 ? [] : [`${faults} wrong`],
  };
}

const sample = createRows(Number.MAX_SAFE_INTEGER);
const [row] = await sample.read([firstId]);
const rows = createRows(size * sample.memory.status().bytes);
for (let id = firstId; id < firstId + size; id += 1) rows.keep(id, { ...row, tokenId: id });

const list = (idOf) => Array.from({ length: listSize }, idOf);
let lastId = firstId + size;
const measured = [
  await measure('20 tokens in memory', () =>
    list(() => firstId + Math.floor(Math.random() * size)),
  ),
  await measure('20 tokens fetched', () => list(() => (lastId += 1))),
];
const { entries } = rows.memory.status();
if (entries !== size) fail(new Error(`expected ${size} rows in memory, got ${entries}`));
process.stdout.write(JSON.stringify(measured));
