import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { SourceMap } from 'node:module';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { chosen } from './choices.ts';
import { columnsOf, median } from './columns.ts';
import { comparisons, contestants } from './contestants.ts';
import { openLoop } from './open-loop.ts';
import { randomLists } from './random-lists.ts';
import { ratioByRound } from './ratio.ts';
import { phasesOf, placesOf, unbundled } from './start-profile.ts';
import { createFolder, type Folder, listDocument, requestOf } from './workload.ts';

let folder: Folder;
beforeAll(async () => {
  folder = await createFolder();
});
afterAll(() => folder.remove());

it('takes the middle of an odd number of runs and the mean of both middles of an even one', () => {
  expect(median([30, 10, 20])).toBe(20);
  expect(median([40, 10, 30, 20])).toBe(25);
});

it('prints columns as wide as their widest cell', () => {
  expect(
    columnsOf([
      ['a', 'b'],
      ['long', '1'],
    ]),
  ).toBe('a    | b\nlong | 1');
});

it('compares by round, whatever the machine did meanwhile', () => {
  // As fast as the other or half as fast, on a machine that gets four times as fast: by their medians
  // alone, 100 and 100, they would seem to be equals.
  const theirs = [100, 200, 400, 100, 100];
  const ours = [100, 100, 200, 50, 100];
  expect(ratioByRound(ours, theirs)).toEqual({ median: 0.5, least: 0.5, most: 1 });
});

it('compares no contestant with one that does not run', () => {
  const names = comparisons.flatMap(({ name, reference }) => [name, reference]);
  expect(names.filter((name) => !(name in contestants))).toEqual([]);
});

it('takes of an option what there is and tells what there is not', () => {
  const known = new Map([
    ['one', 1],
    ['two', 2],
  ]);
  expect(chosen('numbers', 'two,one', known)).toEqual([2, 1]);
  const none = 'expected names of one, two; got';
  expect(() => chosen('numbers', 'one,three', known)).toThrow(`--numbers: ${none} "three"`);
  expect(() => chosen('numbers', '', known)).toThrow(`--numbers: ${none} ""`);
});

it('asks for the same random lists in every run, with no token twice', () => {
  const tokens = Array.from({ length: 1000 }, (_, index) => index + 1);
  const lists = randomLists(listDocument, tokens, 50);
  expect(randomLists(listDocument, tokens, 50)).toEqual(lists);
  expect(new Set(lists.map(({ body }) => body)).size).toBe(50);
  for (const { body } of lists) {
    expect(new Set(JSON.parse(body).variables.ids).size).toBe(20);
  }
});

it('sends a request when it is due, whether those before it were answered or not', async () => {
  const count = 30;
  const held: ServerResponse[] = [];
  const server = createServer((_request, response) => {
    held.push(response);
    // Who waits for an answer before the next request waits for ever.
    if (held.length === count) for (const one of held) one.end('{"data":{}}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const requests = await folder.writeRequests('due', [requestOf('get', listDocument, ['a'])]);
  try {
    const origin = `http://127.0.0.1:${port}`;
    const loop = { origin, requests, perSecond: count, seconds: 1, warmUpSeconds: 0 };
    const { requests: sent, faults } = await openLoop(loop);
    expect({ sent, faults }).toEqual({ sent: count, faults: [] });
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

it('tells answers with errors from good ones, at status 200 too', async () => {
  const server = createServer((_request, response) => {
    response.end('{"data":null,"errors":[{"message":"no"}]}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const requests = await folder.writeRequests('bad', [requestOf('get', listDocument, ['a'])]);
  try {
    const origin = `http://127.0.0.1:${port}`;
    const loop = { origin, requests, perSecond: 10, seconds: 1, warmUpSeconds: 0 };
    expect((await openLoop(loop)).faults).toEqual(['10 × errors']);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

it('counts a sample of a start for what is outside and for the code that ran', () => {
  const frame = (functionName: string, url: string, lineNumber = 0) => ({
    ...{ functionName, url, lineNumber, columnNumber: 0 },
  });
  const bundle = 'file:///repo/dist/main.js';
  const profile = {
    nodes: [
      { id: 1, callFrame: frame('(root)', ''), children: [2, 5, 6] },
      { id: 2, callFrame: frame('createApp', bundle, 1), children: [3] },
      { id: 3, callFrame: frame('buildSchema$1', bundle, 2), children: [4] },
      { id: 4, callFrame: frame('toSchema', bundle, 3) },
      { id: 5, callFrame: frame('compile', 'node:internal/modules/esm/utils') },
      { id: 6, callFrame: frame('', bundle) },
    ],
    samples: [4, 4, 2, 5, 6],
    timeDeltas: [1000, 2000, 500, 250, 125],
  };
  // One line of the bundle for each file; the first is of none.
  const map = new SourceMap({
    ...{ version: 3, file: 'main.js', names: [], sourceRoot: '', sourcesContent: [] },
    sources: ['../src/app.ts', '../src/graph/schema.ts', '../node_modules/@pothos/core/index.js'],
    mappings: ';AAAA;ACAA;ACAA',
  });
  const unpacked = unbundled(profile, (url) => (url === bundle ? map : undefined));
  expect(Object.fromEntries(phasesOf(unpacked))).toEqual({
    'building the schema': 3,
    'the rest of createApp': 0.5,
    'finding, reading and compiling modules': 0.25,
    'evaluating our modules': 0.125,
  });
  expect(Object.fromEntries(placesOf(unpacked, '/repo'))).toEqual({
    '@pothos/core': 3,
    'src/app.ts': 0.5,
    'node:internal/modules': 0.25,
    'dist/main.js': 0.125,
  });
});
