import fc from 'fast-check';
import { directHeaderNames } from '../../src/direct/exchange.ts';
import { edited } from './byte-edits.ts';

/** Whether something was left of the bytes before it, or they had no end, is seen by it. */
export const next = 'GET /next HTTP/1.1\r\nhost: next\r\nconnection: close\r\n\r\n';

const blank = fc.constantFrom('', ' ', ' ', '   ', '\t');
const header = fc
  .tuple(
    fc.constantFrom(...directHeaderNames, 'Connection', 'cookie', 'X-Odd', '__proto__', 'Via'),
    fc.constantFrom<(name: string) => string>(
      (name) => name,
      (name) => name.toUpperCase(),
    ),
    blank,
    fc.oneof(
      fc.constantFrom('keep-alive', 'Keep-Alive', 'a', '2', 'localhost', '*/*', ''),
      fc.string({ unit: fc.nat({ max: 255 }).map((code) => String.fromCharCode(code)) }),
      fc.string(),
    ),
    blank,
  )
  .map(([name, inCase, before, value, after]) => `${inCase(name)}:${before}${value}${after}\r\n`);

/** Requests that are all but right, and some that are. */
export const nearlyPlain = edited(
  fc
    .record({
      isGet: fc.boolean(),
      query: fc.string({ maxLength: 10 }),
      headers: fc.array(header, { maxLength: 3 }),
      isHostFirst: fc.boolean(),
      length: fc.tuple(blank, fc.constantFrom('', '0', '000'), blank),
      body: fc.oneof(fc.constantFrom('', '{}', '\r\n\r\n', next), fc.string({ unit: 'binary' })),
    })
    .map(({ isGet, query, headers, isHostFirst, length: [before, zeros, after], body }) => {
      const bytes = isGet ? Buffer.alloc(0) : Buffer.from(body);
      const own = ['Host: a.test:80\r\n', ...headers];
      if (!isHostFirst) own.reverse();
      if (!isGet) own.push(`Content-Length:${before}${zeros}${bytes.length}${after}\r\n`);
      const start = isGet ? `GET /graphql?${query} HTTP/1.1\r\n` : 'POST /graphql HTTP/1.1\r\n';
      return Buffer.concat([Buffer.from(`${start}${own.join('')}\r\n`, 'latin1'), bytes]);
    }),
  2,
);
