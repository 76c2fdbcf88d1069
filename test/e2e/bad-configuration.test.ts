import { createServer, type AddressInfo } from 'node:net';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';

import { spawnGateway } from './gateway-process.ts';

/** A start with mistakes: all of them told in one go, and nothing begun. */

/** Tells on stderr what a start must not do before it is known to be right. */
const witness = `data:text/javascript,${encodeURIComponent(`
  import { Server } from 'node:net';
  const listen = Server.prototype.listen;
  Server.prototype.listen = function (...args) {
    process.stderr.write('LISTENS\\n');
    return listen.apply(this, args);
  };
  process.once('exit', () => {
    const left = process.getActiveResourcesInfo().filter((kind) => /^TCP|FSEvent|FSReq/.test(kind));
    process.stderr.write('OPEN ' + JSON.stringify(left) + '\\n');
  });
`)}`;

const threeMistakes = {
  default: 'fre',
  plans: {
    free: { requestsPerMinute: -1 },
    pro: { operation: { points: 20_000 }, historyDay: 7 },
  },
};
const goodPlans = { anonymous: 'free', plans: { free: {} } };

// Processes, on machines that are busy.
vi.setConfig({ testTimeout: 90_000 });

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-start-'));
  return () => rm(folder, { recursive: true });
});

async function file(name: string, content: unknown): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

/** A place to stand for Redis, the issuer and the upstream, and how often it was dialled. */
async function startStranger() {
  const dialled = { times: 0 };
  const server = createServer((socket) => {
    dialled.times += 1;
    socket.destroy();
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { dialled, host: `127.0.0.1:${port}` };
}

/** Starts and waits for the end, which comes by itself. */
async function refusedStart(env: Readonly<Record<string, string>>) {
  const { dialled, host } = await startStranger();
  const before = await readdir(folder);
  const started = spawnGateway({
    NODE_OPTIONS: `--import=${witness}`,
    REDIS_URL: `redis://${host}`,
    TOKENMETRICS_API_KEY: 'tm-hunter2',
    TOKENMETRICS_BASE_URL: `http://${host}`,
    ADMIN_PORT: '0',
    ...(env['JWT_JWKS_URL'] === undefined
      ? { JWT_JWKS_URL: `http://${host}/jwks`, JWT_ISSUER: 'https://i.test', JWT_AUDIENCE: 'a' }
      : {}),
    ...env,
  });
  onTestFinished(() => started.kill());
  expect(await started.ended).toEqual({ code: 1, signal: null });
  expect(started.stdout).toBe('');
  expect(started.stderr).not.toMatch(/^ +at /m);
  expect(started.stderr).not.toContain('LISTENS');
  expect(started.stderr).toContain('OPEN []\n');
  expect(started.stderr).not.toContain('hunter2');
  expect(dialled.times).toBe(0);
  expect(await readdir(folder)).toEqual(before);
  return started.stderr.replace('OPEN []\n', '');
}

test('mistakes of the environment, the manifests, the plans, the keys and the tokens are told together, and nothing is started', async () => {
  const plans = await file('plans.json', threeMistakes);
  const manifest = await file('manifest.json', { 'sha256:00': '{ __typename }' });
  const keys = await file('keys.json', { version: 1, keys: [{ plan: 1 }, 2] });
  const told = await refusedStart({
    PORT: '70000',
    LOG_LEVEL: 'loud',
    PLANS_FILE: plans,
    KEYS_FILE: keys,
    DOCUMENTS_MANIFESTS: manifest,
    JWT_JWKS_URL: 'http://admin:hunter2@issuer.test/keys',
    JWT_ALGORITHMS: 'HS256',
  });
  const places = told.split(/^(?=\S)/m).map((text) => text.trimEnd().split('\n  '));
  const [environment, manifests, planProblems, keyProblems, ...more] = places;
  expect(environment).toEqual([
    'The environment: 7 mistakes',
    'PORT: expected at most 65535',
    expect.stringMatching(/^LOG_LEVEL: expected one of/),
    'JWT_JWKS_URL: expected no credentials in it',
    'JWT_JWKS_URL: expected https://, or http:// on this machine',
    'JWT_ISSUER: expected a name, got an empty one',
    'JWT_AUDIENCE: expected at least one name, got none',
    expect.stringMatching(/^JWT_ALGORITHMS: expected some of .*, got "HS256"$/),
  ]);
  expect(manifests).toEqual([
    'The manifests: 1 mistake',
    expect.stringMatching(/^manifest\.json: id "sha256:00": the id reads as a SHA-256 but/),
  ]);
  expect(planProblems?.toSorted()).toEqual([
    `The plans file ${plans}: 4 mistakes`,
    'default: expected the name of a plan, got "fre" (did you mean "free"?)',
    'plans.free.requestsPerMinute: expected a whole number from 1 to 1000000000000, got -1',
    'plans.pro.historyDay: expected no such member, got one (did you mean "historyDays"?)',
    "plans.pro.operation.points: expected a whole number from 1 to 10000 (the gateway's own limit), got 20000",
  ]);
  expect(keyProblems?.[0]).toMatch(/^The keys file: \d mistakes$/);
  expect(keyProblems?.slice(1)).toContain(`${keys}: keys[1]: expected an object`);
  expect(more).toEqual([]);
});

test('a plans file with three mistakes alone is told whole, and nothing is started', async () => {
  const plans = await file('plans.json', {
    default: 'fre',
    plans: { free: { pageSize: 0, priority: 'high' } },
  });
  expect(await refusedStart({ PLANS_FILE: plans })).toBe(
    `The plans file ${plans}: 3 mistakes\n` +
      "  plans.free.pageSize: expected a whole number from 1 to 696 (the gateway's own limit), got 0\n" +
      '  plans.free.priority: expected one of normal, low, got "high"\n' +
      '  default: expected the name of a plan, got "fre" (did you mean "free"?)\n',
  );
});

test('files that are not there are told together, each by its name', async () => {
  const told = await refusedStart({
    PLANS_FILE: join(folder, 'plans.json'),
    KEYS_FILE: join(folder, 'keys.json'),
    DOCUMENTS_MANIFESTS: join(folder, 'manifest.json'),
  });
  for (const name of ['plans', 'keys', 'manifest']) {
    expect(told).toContain(join(folder, `${name}.json`));
  }
  expect(told.match(/^The .*: 1 mistake$/gm)).toHaveLength(3);
});

test('a limit that is no number makes no mistakes of plans that may fit it', async () => {
  const plans = await file('plans.json', {
    anonymous: 'free',
    plans: { free: { operation: { points: 50_000, credits: 500, depth: 30 } } },
  });
  const told = await refusedStart({
    PLANS_FILE: plans,
    COST_POINTS_MAX: '100k',
    COST_CREDITS_MAX: 'many',
    DOCUMENT_DEPTH_MAX: 'deep',
  });
  expect(told.match(/^ {2}\w+(?=: expected)/gm)).toEqual([
    '  COST_POINTS_MAX',
    '  COST_CREDITS_MAX',
    '  DOCUMENT_DEPTH_MAX',
  ]);
  expect(told.match(/^\S.*$/gm)).toEqual(['The environment: 3 mistakes']);
});

test('a mistake of the environment stops a start whose files are good', async () => {
  const plans = await file('plans.json', goodPlans);
  const keys = await file('keys.json', { version: 1, keys: [] });
  expect(await refusedStart({ PLANS_FILE: plans, KEYS_FILE: keys, HSTS_SECONDS: '-1' })).toBe(
    'The environment: 1 mistake\n  HSTS_SECONDS: expected at least 0\n',
  );
});

test('an issuer whose keys are nowhere to be had is a mistake, not a gateway that accepts no token', async () => {
  const told = await refusedStart({
    JWT_JWKS_URL: '',
    JWT_ISSUER: 'https://issuer.test',
    JWT_AUDIENCE: 'assay',
  });
  expect(told).toBe(
    'The environment: 1 mistake\n' +
      '  JWT_JWKS_URL: is not set beside JWT_ISSUER, JWT_AUDIENCE: expected where the issuer publishes its keys\n',
  );
});

test('a manifest that holds no document, where no other may run, is a mistake', async () => {
  const manifest = await file('manifest.json', {});
  expect(await refusedStart({ DOCUMENTS: 'trusted', DOCUMENTS_MANIFESTS: manifest })).toBe(
    'The manifests: 1 mistake\n' +
      '  expected a document, got none: DOCUMENTS=trusted would allow none\n',
  );
});
