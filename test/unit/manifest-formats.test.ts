import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { parse } from 'graphql';
import { describe, expect, onTestFinished, test } from 'vitest';

import { lookAtManifests, trustedIn } from '../../src/documents/manifest-files.ts';
import { indexManifests, ManifestError, parseManifest } from '../../src/documents/manifest.ts';

const hash = (algorithm: string, text: string) => createHash(algorithm).update(text).digest('hex');

const ONE_LINE = 'query Price($symbol: String!) { token(symbol: $symbol) { price } }';
const RELAY =
  'query AppQuery(\n  $symbol: String!\n) {\n  token(symbol: $symbol) {\n    price\n  }\n}\n';

const apollo = (operations: unknown, more: object = {}) =>
  JSON.stringify({
    format: 'apollo-persisted-query-manifest',
    version: 1,
    operations,
    ...more,
  });

function problemsOf(run: () => unknown): readonly string[] {
  try {
    run();
  } catch (error) {
    if (error instanceof ManifestError) return error.problems;
    throw error;
  }
  throw new Error('expected a ManifestError');
}

describe('each format gives its documents under every id a client may use', () => {
  const sha256 = hash('sha256', ONE_LINE);

  test('Apollo, with the name of the operation', () => {
    const operation = { id: sha256, name: 'Price', type: 'query', body: ONE_LINE };
    expect(parseManifest(apollo([operation]), 'apollo.json')).toEqual([
      { ids: [sha256, `sha256:${sha256}`], name: 'Price', body: ONE_LINE },
    ]);
  });

  test('Apollo with custom ids and a client name, as iOS and Kotlin write it', () => {
    const operation = { id: 'ios-price-7', name: 'Price', type: 'query', body: ONE_LINE };
    const manifest = apollo([{ ...operation, clientName: 'ios' }]);
    expect(parseManifest(manifest, 'apollo.json')).toEqual([
      { ids: ['ios-price-7', sha256, `sha256:${sha256}`], name: 'Price', body: ONE_LINE },
    ]);
  });

  test.each(['md5', 'sha1'])('a flat map by %s', (algorithm) => {
    const id = hash(algorithm, RELAY);
    const relay = hash('sha256', RELAY);
    // The trailing newline is part of what Relay hashed.
    expect(parseManifest(JSON.stringify({ [id]: RELAY }), 'relay.json')).toEqual([
      { ids: [id, relay, `sha256:${relay}`], body: RELAY },
    ]);
  });

  test.each(['', 'sha256:'])('a flat map by "%s" and SHA-256', (prefix) => {
    const json = JSON.stringify({ [`${prefix}${sha256}`]: ONE_LINE });
    const [document] = parseManifest(json, 'codegen.json');
    expect(document?.body).toBe(ONE_LINE);
    expect([...(document?.ids ?? [])].sort()).toEqual([sha256, `sha256:${sha256}`].sort());
  });

  test('an id of a method of one’s own', () => {
    const [document] = parseManifest(JSON.stringify({ 'x-build:42': ONE_LINE }), 'own.json');
    expect(document?.ids[0]).toBe('x-build:42');
  });

  test('the empty file that relay-compiler wants before its first run', () => {
    expect(parseManifest('{}', 'relay.json')).toEqual([]);
  });

  test('a map whose ids are the words of the Apollo format is still a map', () => {
    const [document] = parseManifest(JSON.stringify({ operations: ONE_LINE }), 'odd.json');
    expect(document?.ids[0]).toBe('operations');
  });
});

describe('what is wrong is said in plain words', () => {
  const other = hash('sha256', 'another text');
  const real = hash('sha256', ONE_LINE);

  test.each([
    ['bad JSON', '{"a":', /^m\.json: expected JSON, got text that is not$/],
    [
      'bad JSON in a line',
      '{"a":\n  "{ secret }" "b"}',
      /^m\.json: expected JSON, got text that is not, from line 2, column 16$/,
    ],
    ['a list', '[]', /^m\.json: expected an Apollo manifest or a map of id to text, got a list$/],
    ['null', 'null', /got null$/],
    ['a number', '7', /got a number$/],
    ['a newer version', apollo([], { version: 2 }), /^m\.json: expected version 1, got 2$/],
    ['no version', apollo([], { version: undefined }), /^m\.json: expected version 1, got none$/],
    [
      'another format',
      apollo([], { format: 'toml' }),
      /expected format "apollo-persisted-query-manifest", got "toml"$/,
    ],
    [
      'no format',
      apollo([], { format: undefined }),
      /expected format "apollo-persisted-query-manifest", got none$/,
    ],
    ['no operations', apollo(undefined), /expected a list of operations, got nothing$/],
    ['an operation that is text', apollo([ONE_LINE]), /operation 0: expected an id, got nothing$/],
    ['an id that is a number', apollo([{ id: 7, body: 'x' }]), /expected an id, got a number$/],
    ['an empty id', JSON.stringify({ '': ONE_LINE }), /expected an id, got an empty text$/],
    [
      'no body',
      apollo([{ id: 'a' }]),
      /operation 0: expected the text of a document, got nothing$/,
    ],
    ['an empty body', '{"a":" \\n"}', /id "a": expected the text of a document, got an empty one$/],
    ['a body that is a list', '{"a":[]}', /id "a": expected the text of a document, got a list$/],
    ['a reserved prefix', JSON.stringify({ 'md5:1': ONE_LINE }), /prefix "sha256:" or "x-…:"/],
    ['a bare hash of another text', JSON.stringify({ [other]: ONE_LINE }), new RegExp(real)],
    ['a hash of another text', JSON.stringify({ [`sha256:${other}`]: ONE_LINE }), new RegExp(real)],
    ['capitals', JSON.stringify({ [real.toUpperCase()]: ONE_LINE }), /reads as a SHA-256/],
    [
      'capitals after a prefix',
      JSON.stringify({ [`sha256:${real.toUpperCase()}`]: ONE_LINE }),
      /reads/,
    ],
    ['a short hash', JSON.stringify({ 'sha256:abc': ONE_LINE }), /reads as a SHA-256/],
  ])('%s', (_what, text, expected) => {
    const problems = problemsOf(() => parseManifest(text, 'm.json'));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(expected);
    expect(problems[0]).toMatch(/^m\.json: /);
  });

  test('every problem of every manifest at once', () => {
    const manifests = [
      { name: 'a.json', text: '{"one":"","two":7,"three":"{ a }"}' },
      { name: 'b.json', text: 'nothing' },
      { name: 'c.json', text: '{"three":"{ b }"}' },
      { name: 'd.json', text: '{"four":"{ a }"}' },
      { name: 'e.json', text: '{"four":"{ b }"}' },
    ];
    expect(problemsOf(() => indexManifests(manifests))).toEqual([
      'a.json: id "one": expected the text of a document, got an empty one',
      'a.json: id "two": expected the text of a document, got a number',
      expect.stringMatching(/^b\.json: expected JSON/),
      'e.json: id "four" has another body in d.json',
    ]);
  });

  test('files that cannot be read hide no mistake of the others, and are told by their code', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'assay-manifests-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'bad.json'), '{"a": secret');
    const files = ['gone.json', 'bad.json', 'missing.json', ''].map((name) => join(folder, name));
    const seen = await lookAtManifests(files, (file) => file);
    expect(problemsOf(() => trustedIn(seen, 'open'))).toEqual([
      `${files[0]}: cannot be read (ENOENT)`,
      'bad.json: expected JSON, got text that is not',
      `${files[2]}: cannot be read (ENOENT)`,
      `${files[3]}: cannot be read (EISDIR)`,
    ]);
  });
});

test('one id may stand in two manifests if the text is the same', () => {
  const id = hash('md5', RELAY);
  const text = JSON.stringify({ [id]: RELAY });
  const index = indexManifests([
    { name: 'a.json', text },
    { name: 'b.json', text },
  ]);
  expect(index.get(id)?.body).toBe(RELAY);
  expect(index.size).toBe(3);
});

test('an id named like a property of objects finds nothing it should not', () => {
  const index = indexManifests([{ name: 'a.json', text: '{"__proto__":"{ a }"}' }]);
  expect(index.get('constructor')).toBeUndefined();
  expect(index.get('__proto__')?.body).toBe('{ a }');
});

const samples = resolve(process.env['ASSAY_SHARED'] ?? '../shared', 'samples/persisted-manifests');

if (existsSync(samples)) {
  const files = readdirSync(samples).filter((file) => file.endsWith('.json'));

  test('all samples are there', () => {
    expect(files).toHaveLength(5);
  });

  test.each(files)('what the real tool wrote is read: %s', (file) => {
    const text = readFileSync(join(samples, file), 'utf8');
    const documents = parseManifest(text, file);
    expect(documents).toHaveLength(1);
    const index = indexManifests([{ name: file, text }]);
    for (const { ids, body } of documents) {
      expect(() => parse(body)).not.toThrow();
      expect(ids).toContain(`sha256:${hash('sha256', body)}`);
      for (const id of ids) expect(index.get(id)?.body).toBe(body);
    }
  });

  test('all samples live together', () => {
    const manifests = files.map((name) => ({
      name,
      text: readFileSync(join(samples, name), 'utf8'),
    }));
    const index = indexManifests(manifests);
    expect(new Set([...index.values()].map(({ body }) => body)).size).toBe(3);
  });
} else {
  console.info(`Manifests of the real tools are not at ${samples}: their 7 tests did not run.`);
}
