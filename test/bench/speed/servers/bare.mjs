import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import process from 'node:process';

/**
 * Node by itself: answers the bytes of the file it is given; of a POST it reads the body and parses it
 * first, as whoever answers has to.
 */
const bytes = readFileSync(process.argv[2]);
const headers = {
  'content-type': 'application/graphql-response+json; charset=utf-8',
  'content-length': bytes.length,
};

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
