import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import process from 'node:process';

/**
 * Node by itself: gives the answer of the file it is given, headers and body; of a POST it reads the
 * body and parses it first, as whoever answers has to.
 */
const answered = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const bytes = Buffer.from(answered.text);
/** What Node says by itself. */
const own = new Set(['date', 'connection', 'keep-alive']);
const headers = answered.headers.filter(
  (_text, at, all) => !own.has(all[at - (at % 2)].toLowerCase()),
);

createServer((request, response) => {
  const answer = () => response.writeHead(200, headers).end(bytes);
  if (request.method === 'GET') return void answer();
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const text = (chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)).toString();
    if (typeof JSON.parse(text) === 'object') answer();
  });
}).listen(Number(process.env.PORT), '127.0.0.1');
