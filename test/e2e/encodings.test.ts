import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { type Browser, chromium } from 'playwright-core';
import { fetch as fetchByUndici, request } from 'undici';
import { afterAll, beforeAll, expect, inject, it, vi } from 'vitest';
import { choose, keepEncodings } from '../../src/fast-path/encodings.ts';
import { ensureSystemPackages } from '../support/system-package.ts';

const data = {
  topTokens: Array.from({ length: 200 }, (_, index) => ({
    id: `token-${index}`,
    name: `Ünïcode “token” ${index} 中文 the information of the government`,
    grade: Math.sin(index) * 100,
  })),
};
const tail = `${JSON.stringify(data)}}`;
const kept = keepEncodings(Buffer.from(tail));
let asked = 0;
const prefixNow = () =>
  `{"extensions":{"throttle":{"remaining":${asked}},"note":"${'é'.repeat(asked % 300)}"},"data":`;

interface Sent {
  readonly path: string | undefined;
  readonly coding: string;
}
const sent: Sent[] = [];
let server: Server;
let origin: string;
const run = promisify(execFile);

beforeAll(async () => {
  server = createServer(({ url, headers }, response) => {
    if (url === '/') return void response.setHeader('content-type', 'text/html').end('<p>page</p>');
    asked += 1;
    const prefix = prefixNow();
    // Pages cannot choose what they accept.
    const accepted = url === '/chromium-gzip' ? 'gzip' : headers['accept-encoding'];
    const coding = choose(accepted);
    const encodings = url === '/fresh' ? keepEncodings(Buffer.from(tail)) : kept;
    const body = coding === 'identity' ? undefined : encodings[coding](prefix);
    const used = body === undefined ? 'identity' : coding;
    sent.push({ path: url, coding: used });
    if (body !== undefined) response.setHeader('content-encoding', used);
    response.setHeader('content-type', 'application/json; charset=utf-8');
    response.end(body ?? prefix + tail);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  // Notes of every length the tests get to: each offset is made before it is asked for.
  const everyVariant = () => {
    for (asked = 0; asked < 300; asked += 1) {
      for (const coding of ['gzip', 'br'] as const) {
        if (kept[coding](prefixNow()) === undefined)
          throw new Error(`expected ${coding} to be ready`);
      }
    }
  };
  await vi.waitFor(everyVariant, { timeout: 10_000 });
  asked = 0;
});
afterAll(() => {
  server?.closeAllConnections();
  server?.close();
});

/** What was sent for a path: the codings, and an answer for each that is whole. */
function expectAnswers(path: string, answers: readonly any[], coding: string): void {
  const codings = sent.filter((one) => one.path === path).map((one) => one.coding);
  expect(codings).toEqual(answers.map(() => coding));
  for (const answer of answers) expect(answer.data).toEqual(data);
  const remaining = answers.map((answer) => answer.extensions.throttle.remaining);
  expect(remaining).toEqual(remaining.map((_, index) => remaining[0] + index));
}

it('what is not ready is sent as it is', async () => {
  const headers = { 'accept-encoding': 'gzip, br' };
  const response = await fetchByUndici(`${origin}/fresh`, { headers });
  expect(response.headers.get('content-encoding')).toBeNull();
  expectAnswers('/fresh', [await response.json()], 'identity');
});

it.each(['gzip', 'br'])('undici reads %s, whatever the prefix', async (coding) => {
  const path = `/undici-${coding}`;
  const answers: unknown[] = [];
  for (let index = 0; index < 60; index += 1) {
    const headers = { 'accept-encoding': coding };
    const response = await fetchByUndici(`${origin}${path}`, { headers });
    expect(response.headers.get('content-encoding')).toBe(coding);
    answers.push(await response.json());
  }
  expectAnswers(path, answers, coding);
});

it('undici asks for gzip by itself over http, and gets it', async () => {
  const answer = await (await fetchByUndici(`${origin}/undici`)).json();
  expectAnswers('/undici', [answer], 'gzip');
});

it('a client that asks for nothing gets the text as it is', async () => {
  const { headers, body } = await request(`${origin}/bare`);
  expect(headers['content-encoding']).toBeUndefined();
  expectAnswers('/bare', [await body.json()], 'identity');
});

it.each(['gzip', 'br'])('curl reads %s, whatever the prefix', async (coding) => {
  const [curl = ''] = ensureSystemPackages([{ name: 'curl', programs: ['curl'] }]);
  const path = `/curl-${coding}`;
  const answers: unknown[] = [];
  for (let index = 0; index < 10; index += 1) {
    const { stdout } = await run(curl, [
      ...['--silent', '--show-error', '--fail', '--max-time', '10', '--noproxy', '*'],
      ...['--compressed', '--header', `Accept-Encoding: ${coding}`, `${origin}${path}`],
    ]);
    answers.push(JSON.parse(stdout));
  }
  expectAnswers(path, answers, coding);
});

it('curl --compressed and Chromium get Brotli, and Chromium reads gzip as well', async () => {
  const [curl = ''] = ensureSystemPackages([{ name: 'curl', programs: ['curl'] }]);
  const options = ['--silent', '--fail', '--noproxy', '*', '--compressed', `${origin}/curl`];
  const { stdout } = await run(curl, options);
  expectAnswers('/curl', [JSON.parse(stdout)], 'br');

  const browser: Browser = await chromium.launch({
    executablePath: inject('chromiumPath'),
    args: [
      ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
      ...['--disable-background-networking', '--disable-component-update'],
    ],
  });
  try {
    const page = await browser.newPage();
    await page.goto(origin);
    const read = (path: string) =>
      page.evaluate(async (from) => {
        const answers: unknown[] = [];
        for (let index = 0; index < 40; index += 1) answers.push(await (await fetch(from)).json());
        return answers;
      }, path);
    expectAnswers('/chromium', await read('/chromium'), 'br');
    expectAnswers('/chromium-gzip', await read('/chromium-gzip'), 'gzip');
  } finally {
    await browser.close();
  }
});
