import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { MapperKind, mapSchema } from '@graphql-tools/utils';
import { expect, onTestFinished, test } from 'vitest';

import { publishedSchema } from '../../codegen.ts';
import { readConfig } from '../../src/config.ts';
import { loadExamples } from '../../src/examples.ts';
import {
  checkOperations,
  type CheckOptions,
  type Findings,
  report,
  withRequestsFor,
} from './operations-check.ts';

const nowMs = Date.parse('2026-01-15T12:00:00Z');
const schema = publishedSchema();
const config = readConfig({});
const limits = {
  ...config.cost,
  depthMax: config.documents.depthMax,
  tokensMax: config.documents.tokensMax,
};

const good = '# One token.\nquery Good { token(by: { tokenMetricsId: 3375 }) { id } }';
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const md5 = (text: string) => createHash('md5').update(text).digest('hex');

/** The four formats that client tools write, each with a document of this text. */
const formats = {
  'apollo.json': (body: string) => ({
    format: 'apollo-persisted-query-manifest',
    version: 1,
    operations: [{ id: sha256(body), name: 'Apollo', type: 'query', body }],
  }),
  'relay.json': (body: string) => ({ [md5(body)]: body }),
  'sha1.json': (body: string) => ({
    [createHash('sha1').update(body).digest('hex')]: body,
  }),
  'sha256.json': (body: string) => ({ [`sha256:${sha256(body)}`]: body }),
};

const manifestOf = (body: string, name = 'app.json') => ({
  name,
  text: JSON.stringify({ [`sha256:${sha256(body)}`]: body }),
});

function check(options: Partial<CheckOptions>): Promise<Findings> {
  return withRequestsFor(config, (requestsFor) =>
    checkOperations({
      schema,
      requestsFor,
      limits,
      nowMs,
      manifests: [],
      operations: [],
      ...options,
    }),
  );
}

test('what runs today has a price and no problem', async () => {
  const { problems, deprecations, priced } = await check({ operations: await loadExamples() });
  expect(problems).toEqual([]);
  // The only screen over grades the upstream ever had; there is no other to publish.
  expect(deprecations).toEqual([
    expect.stringMatching(/^market-screen\.graphql: .* Query\.traderGrades is deprecated/),
  ]);
  const watchlist = priced.find(({ operation }) => operation === 'Watchlist');
  expect(watchlist).toEqual({
    operation: 'Watchlist',
    // The connection, three tokens, and a price, a grade and a signal for each.
    points: 1 + 3 + 3 * 3,
    // The tokens, their prices, their grades and their signals: a list each.
    credits: 4,
    sources: ['watchlist.graphql'],
  });
});

test.each(Object.entries(formats))(
  'a broken document is found in a manifest such as %s',
  async (name, manifest) => {
    const manifests = (body: string) => [{ name, text: JSON.stringify(manifest(body)) }];
    expect((await check({ manifests: manifests(good) })).problems).toEqual([]);

    const { problems } = await check({ manifests: manifests('query Broken {') });
    expect(problems).toEqual([expect.stringMatching(/ does not parse: Syntax Error: .*<EOF>\.$/)]);
    expect(problems[0]).toContain(`${name}: ${idIn(manifest('query Broken {'))}`);
  },
);

/** The id that a manifest gives its one document. */
function idIn(manifest: object): string {
  return 'operations' in manifest ? sha256('query Broken {') : String(Object.keys(manifest)[0]);
}

test('a field that was removed is missed in every place that asks for it', async () => {
  const withoutLink = mapSchema(schema, {
    [MapperKind.OBJECT_FIELD]: (_config, name, type) =>
      type === 'Token' && name === 'link' ? null : undefined,
  });
  const body = 'query Links { topTokens { nodes { id link } } }';
  const { problems, priced } = await check({
    schema: withoutLink,
    manifests: [manifestOf(body)],
    operations: await loadExamples(),
  });
  const missing = 'does not validate: Cannot query field "link" on type "Token".';
  expect(problems).toEqual([
    `token-page.graphql: TokenPage: ${missing}`,
    `token-list.graphql: TokenList: ${missing}`,
    `app.json: sha256:${sha256(body)}: Links: ${missing}`,
  ]);
  expect(priced.map(({ operation }) => operation)).not.toContain('Links');
});

test('a field that is deprecated is reported and fails nothing', async () => {
  const reason = 'Use `contracts`. Goes in 2030.';
  const deprecated = mapSchema(schema, {
    [MapperKind.OBJECT_FIELD]: (fieldConfig, name, type) =>
      type === 'Token' && name === 'link'
        ? { ...fieldConfig, deprecationReason: reason }
        : undefined,
  });
  const findings = await check({
    schema: deprecated,
    operations: [{ name: 'links', text: 'query Links { topTokens { nodes { id link } } }' }],
  });
  const expected = `links.graphql: Links: The field Token.link is deprecated. ${reason}`;
  expect(findings.problems).toEqual([]);
  expect(findings.deprecations).toEqual([expected]);
  expect(report(findings)).toContain(`deprecated: ${expected}`);
});

test('an operation over the points or the credits of one operation is named with both numbers', async () => {
  const points =
    'query Points { topTokens(first: 100) { nodes { exchanges { name } contracts { chain } } } }';
  const credits = `query Credits($ids: [ID!]! = ${JSON.stringify(Array(100).fill('VG9rZW46MzM3NQ'))}) {
    tokens(ids: $ids) { nodes { id tmGrades(first: 366) { nodes { grade } } } }
  }`;
  const { problems, priced } = await check({
    limits: { ...limits, pointsMax: 5000 },
    operations: [{ name: 'points', text: points }],
    manifests: [manifestOf(credits)],
  });
  const priceOf = (name: string) => priced.find(({ operation }) => operation === name);
  expect(problems).toEqual([
    `points.graphql: Points: costs ${priceOf('Points')?.points} points, over the limit of 5000`,
    `app.json: sha256:${sha256(credits)}: Credits: costs ${priceOf('Credits')?.points} points, over the limit of 5000`,
    `app.json: sha256:${sha256(credits)}: Credits: costs ${priceOf('Credits')?.credits} credits, over the limit of 100`,
  ]);
  expect(priceOf('Points')?.points).toBeGreaterThan(5000);
  expect(priceOf('Credits')?.credits).toBeGreaterThan(50);
});

test('each operation of a document is priced', async () => {
  const { priced } = await check({
    operations: [
      {
        name: 'two',
        text: 'query A { topTokens(first: 1) { nodes { id } } } query B { __typename }',
      },
    ],
  });
  expect(priced.map(({ operation, points }) => [operation, points])).toEqual([
    ['A', 2],
    ['B', 0],
  ]);
});

test('a variable that must be given is priced at its dearest', async () => {
  const pointsOf = async (text: string) => {
    const { problems, priced } = await check({ operations: [{ name: 'any', text }] });
    expect(problems).toEqual([]);
    return priced[0];
  };
  const page = (variable: string) =>
    `query P(${variable}) { topTokens(first: $n) { nodes { id } } }`;
  // The connection and its tokens: a hundred are the most that a page may have.
  expect(await pointsOf(page('$n: Int!'))).toMatchObject({ points: 101 });
  expect(await pointsOf(page('$n: Int! = 7'))).toMatchObject({ points: 8 });
  expect(await pointsOf(page('$n: Int'))).toMatchObject({ points: 21 });
  expect(
    await pointsOf('query L($ids: [ID!]!) { tokens(ids: $ids) { nodes { id price { usd } } } }'),
  ).toMatchObject({ points: 201, credits: 2 });
  // All of a year costs its thirteen windows of 29 days, whatever the days are called.
  expect(
    await pointsOf(
      `query D($by: TokenBy!, $from: Date!, $to: Date!, $first: Int!) {
        token(by: $by) { tmGrades(from: $from, to: $to, first: $first) { nodes { grade } } }
      }`,
    ),
  ).toMatchObject({ points: 1 + 1 + 366, credits: 1 + 13 });
  expect(
    await pointsOf(
      'query I($isFull: Boolean!) { topTokens(first: 9) @include(if: $isFull) { nodes { id } } }',
    ),
  ).toMatchObject({ points: 10 });
});

test('a document that is too long, too deep or has nothing to run is a problem', async () => {
  const deep = 'query Deep { traderGrades { nodes { token { traderGrade { token { id } } } } } }';
  const { problems } = await check({
    limits: { ...limits, depthMax: 4, tokensMax: 30 },
    operations: [
      { name: 'deep', text: deep },
      { name: 'long', text: `query Long { ${'topTokens { __typename } '.repeat(10)} }` },
      { name: 'none', text: 'fragment F on Token { id }' },
    ],
  });
  expect(problems).toEqual([
    'deep.graphql: Deep: is more than 4 levels deep',
    expect.stringMatching(/^long\.graphql: does not parse: .*more.* 30 tokens/),
    'none.graphql: : does not validate: Fragment "F" is never used.',
  ]);
});

test('manifests that cannot be read or disagree are problems, and the others are still checked', async () => {
  const body = 'query Gone { removed }';
  const { problems } = await check({
    manifests: [
      { name: 'html.json', text: '<html>' },
      { name: 'edited.json', text: JSON.stringify({ [`sha256:${sha256(good)}`]: `${good} ` }) },
      { name: 'one.json', text: JSON.stringify({ 'x-home': good }) },
      { name: 'two.json', text: JSON.stringify({ 'x-home': '{ __typename }' }) },
      manifestOf(body, 'gone.json'),
    ],
  });
  expect(problems).toEqual([
    expect.stringMatching(/^html\.json: expected JSON/),
    expect.stringMatching(/^edited\.json: .*the text hashes to/),
    'two.json: id "x-home" has another body in one.json',
    `gone.json: sha256:${sha256(body)}: Gone: does not validate: Cannot query field "removed" on type "Query".`,
  ]);
});

test('the report is a table of prices with the verdict below it', () => {
  const text = report({
    problems: ['app.json: x: nothing to run'],
    deprecations: [],
    priced: [
      { operation: 'Zoo', points: 7, credits: 12, sources: ['a.json', 'b.json'] },
      { operation: 'Answer', points: 1200, credits: 1, sources: ['a.json'] },
    ],
  });
  expect(text.split('\n')).toEqual([
    'operation  points  credits  published in',
    'Answer       1200        1  a.json',
    'Zoo             7       12  a.json, b.json',
    '',
    '1 problem(s):',
    '  app.json: x: nothing to run',
  ]);
});

test('as a command it ends with 0 for what is published, and with 1 for a manifest that would break', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'assay-manifests-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const fine = join(folder, 'fine.json');
  const broken = join(folder, 'broken.json');
  await writeFile(fine, manifestOf(good).text);
  await writeFile(broken, manifestOf('query Gone { removed }').text);

  const [passed, failed] = await Promise.all([run(fine), run(`${fine},${broken}`, 'nowhere.json')]);
  expect(passed).toMatchObject({ code: 0, stderr: '' });
  expect(passed.stdout).toMatch(/^Good +1 +1 +\S*fine\.json$/m);
  expect(passed.stdout).toMatch(/^TopTokens .*top-tokens\.graphql, persisted-documents\.json$/m);
  expect(passed.stdout).toContain('Every published operation runs within the default limits.');
  expect(failed.code).toBe(1);
  expect(failed.stdout).toMatch(/^ {2}nowhere\.json: cannot be read: ENOENT/m);
  expect(failed.stdout).toMatch(/^ {2}\S*broken\.json: sha256:\w+: Gone: does not validate: /m);
});

async function run(...args: readonly string[]) {
  const script = resolve(import.meta.dirname, 'operations-check.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', script, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [code]: unknown[] = await once(child, 'close');
  return { code, stdout, stderr };
}
