import { Buffer } from 'node:buffer';
import { createServer } from 'node:http';
import process from 'node:process';
import { setTimeout } from 'node:timers';
import { URL } from 'node:url';
import { Agent, request } from 'undici';
import { createSandbox } from '../../../../dist/sandbox/sandbox.js';

/**
 * An upstream that costs little itself: the rows of a sandbox as text, joined as they are asked for,
 * after the milliseconds it is told. `/numbers` tells its tokens and `/calls` how often it was asked.
 */
const delayMs = Number(process.argv[2]);
const tokensCount = Number(process.argv[3]);
/** How many members the lists of exchanges and categories are cut to. */
const listMembersMax = Number(process.argv[4]);
const batch = 20;

const endpoints = { tokens: 'TOKEN_ID', 'tm-grade': 'TOKEN_ID', 'trading-signals': 'TOKEN_ID' };
const day = (ms) => new Date(ms).toISOString().slice(0, 10);
const range = { startDate: day(Date.now() - 3 * 86_400_000), endDate: day(Date.now()) };

const cutLists = (_name, value) => (Array.isArray(value) ? value.slice(0, listMembersMax) : value);

/** By endpoint and token: its rows, each with its day and its text. */
const rows = new Map(Object.keys(endpoints).map((name) => [name, new Map()]));
const numbers = [];

const sandbox = await createSandbox({ tokens: tokensCount });
const dispatcher = new Agent();
const read = async (endpoint, query) => {
  const url = new URL(`${sandbox.url}/v2/${endpoint}`);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  const { body } = await request(url, { headers: { 'x-api-key': sandbox.key }, dispatcher });
  const { data = [] } = await body.json();
  return data;
};
for (let page = 1; numbers.length < tokensCount; page += 1) {
  const found = await read('tokens', { limit: '100', page: String(page) });
  if (found.length === 0) break;
  numbers.push(...found.map((row) => row.TOKEN_ID));
}
numbers.splice(tokensCount);
for (let start = 0; start < numbers.length; start += batch) {
  const ids = numbers.slice(start, start + batch).join(',');
  for (const [endpoint, idField] of Object.entries(endpoints)) {
    const days = endpoint === 'trading-signals' ? range : {};
    for (const row of await read(endpoint, { token_id: ids, limit: '100', ...days })) {
      const ofToken = rows.get(endpoint).get(row[idField]) ?? [];
      ofToken.push({ day: row.DATE?.slice(0, 10), text: JSON.stringify(row, cutLists) });
      rows.get(endpoint).set(row[idField], ofToken);
    }
  }
}
await dispatcher.close();
await sandbox.close();

let calls = 0;
const answer = (response, status, text) =>
  response
    .writeHead(status, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(text),
    })
    .end(text);

createServer((incoming, response) => {
  const { pathname, searchParams } = new URL(incoming.url, 'http://upstream');
  if (pathname === '/numbers') return void answer(response, 200, JSON.stringify(numbers));
  if (pathname === '/calls') return void answer(response, 200, JSON.stringify(calls));
  const kept = rows.get(pathname.slice('/v2/'.length));
  if (kept === undefined) return void answer(response, 404, '{"message":"Not Found"}');
  calls += 1;
  const [from, to] = [searchParams.get('startDate'), searchParams.get('endDate')];
  const isFirst = (searchParams.get('page') ?? '1') === '1';
  const found = (isFirst ? (searchParams.get('token_id') ?? '').split(',') : []).flatMap((id) =>
    (kept.get(Number(id)) ?? []).filter(
      (row) => row.day === undefined || from === null || (row.day >= from && row.day <= to),
    ),
  );
  const [status, text] =
    found.length === 0
      ? [404, '{"success":false,"message":"Data not found","length":0,"data":[]}']
      : [
          200,
          `{"success":true,"message":"Data fetched successfully","length":${found.length},"data":[${found.map((row) => row.text).join(',')}]}`,
        ];
  if (delayMs === 0) answer(response, status, text);
  else setTimeout(() => answer(response, status, text), delayMs);
}).listen(Number(process.env.PORT), '127.0.0.1');
