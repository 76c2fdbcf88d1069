import { Buffer } from 'node:buffer';
import { createServer } from 'node:http';
import process from 'node:process';
import { URLSearchParams } from 'node:url';
import { Pool } from 'undici';

/**
 * The least that a gateway of one request at a time has to do for a list: its calls, the tokens first,
 * then what hangs on them, as resolvers ask; their JSON parsed, and the data as text in the shape of
 * Assay's. Nobody is asked who it is, and nothing is shared or kept.
 */
const [, , upstream, list, connections] = process.argv;
const pool = new Pool(upstream, { connections: Number(connections) });
const headers = { accept: 'application/json', 'x-api-key': 'bench' };
const signals = { 1: 'BULLISH', 0: 'NEUTRAL', '-1': 'BEARISH' };

async function rowsOf(endpoint, query) {
  const path = `/v2/${endpoint}?${new URLSearchParams(query)}`;
  const { body } = await pool.request({ method: 'GET', path, headers });
  return JSON.parse(await body.text()).data;
}

const byToken = (rows) => new Map(rows.map((row) => [row.TOKEN_ID, row]));

/** The newest signal is of one of three days. */
function newestByToken(rows) {
  const newest = new Map();
  for (const row of rows) {
    const known = newest.get(row.TOKEN_ID);
    if (known === undefined || known.DATE < row.DATE) newest.set(row.TOKEN_ID, row);
  }
  return newest;
}

const dayOf = (ms) => new Date(ms).toISOString().slice(0, 10);
const lastDays = () => ({
  startDate: dayOf(Date.now() - 2 * 86_400_000),
  endDate: dayOf(Date.now()),
  // Three days of 20 tokens are more than the upstream's page, unless it is asked for.
  limit: '100',
});

async function names(numbers, asked) {
  const tokens = byToken(await rowsOf('tokens', asked));
  return numbers.map((number) => {
    const { TOKEN_SYMBOL, TOKEN_NAME } = tokens.get(number);
    return { symbol: TOKEN_SYMBOL.toUpperCase(), name: TOKEN_NAME };
  });
}

async function graded(numbers, asked) {
  const tokens = byToken(await rowsOf('tokens', asked));
  const [grades, ofDays] = await Promise.all([
    rowsOf('tm-grade', asked).then(byToken),
    rowsOf('trading-signals', { ...asked, ...lastDays() }).then(newestByToken),
  ]);
  return numbers.map((number) => {
    const [grade, signal] = [grades.get(number), ofDays.get(number)];
    return {
      symbol: tokens.get(number).TOKEN_SYMBOL.toUpperCase(),
      tmGrade: grade === undefined ? null : { grade: grade.TM_GRADE },
      tradingSignal: signal === undefined ? null : { signal: signals[signal.TRADING_SIGNAL] },
    };
  });
}

const nodesOf = { names, graded }[list];

async function answer(text) {
  const { ids } = JSON.parse(text).variables;
  const numbers = ids.map((id) => Number(Buffer.from(id, 'base64url').toString().split(':')[1]));
  const nodes = await nodesOf(numbers, { token_id: numbers.join(',') });
  return JSON.stringify({ data: { tokens: { nodes } } });
}

createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    answer(Buffer.concat(chunks).toString()).then(
      (text) => response.writeHead(200, { 'content-type': 'application/json' }).end(text),
      () => response.writeHead(502).end(),
    );
  });
}).listen(Number(process.env.PORT), '127.0.0.1');
