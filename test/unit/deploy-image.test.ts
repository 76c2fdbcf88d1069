import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { environmentNames } from '../../src/config.ts';
import { exists, isPinned, readText } from '../support/deploy-files.ts';
import { environmentOf, isIgnored, named, parseDockerfile } from '../support/dockerfile.ts';

const stages = parseDockerfile(readText('Dockerfile'));
const dockerignore = readText('.dockerignore');
const { scripts, engines } = JSON.parse(readText('package.json'));
const stageOf = (name: string) => stages.find((stage) => stage.as === name) ?? lost(name);
const shipped = stages.at(-1) ?? lost('the last');

function lost(name: string): never {
  throw new Error(`there is no stage ${name}`);
}

/** What a stage takes from the project's folder. */
const takenBy = (stage: (typeof stages)[number]) =>
  named(stage, 'COPY')
    .filter(({ flags }) => flags['from'] === undefined)
    .flatMap(({ words }) => words.slice(0, -1))
    .map((source) => source.replace(/^\.\//, ''));
const taken = [...new Set(stages.flatMap(takenBy))];

/** The commands of a stage, one for each `&&`. */
const commandsOf = (name: string) =>
  named(stageOf(name), 'RUN').flatMap(({ words }) => words.join(' ').split(' && '));

describe('the image', () => {
  it('is made of stages that exist, of one base whose version is said to the patch', () => {
    const names = new Set(stages.map((stage) => stage.as));
    const bases = stages.map(({ from }) => from).filter((from) => !names.has(from));
    expect(bases).toEqual([expect.stringMatching(/^node:/), 'scratch']);
    expect(bases.filter((base) => base !== 'scratch' && !isPinned(base))).toEqual([]);
    const sources = stages
      .flatMap((stage) => named(stage, 'COPY'))
      .map(({ flags }) => flags['from']);
    expect(sources.filter((from) => from !== undefined && !names.has(from))).toEqual([]);
  });

  it('runs on a Node that the project is for', () => {
    const versionIn = (text: string) => /(\d+)\.(\d+)/.exec(text)?.slice(1).map(Number) ?? [];
    const [major = 0, minor = 0] = versionIn(stages[0]?.from ?? '');
    const [leastMajor = 0, leastMinor = 0] = versionIn(engines.node);
    expect(major).toBeGreaterThanOrEqual(leastMajor);
    if (major === leastMajor) expect(minor).toBeGreaterThanOrEqual(leastMinor);
  });

  it('ships what production depends on, and the bill of it', () => {
    const [install = '', bill = ''] = commandsOf('dependencies');
    expect(install).toMatch(/^npm ci .*--omit=dev/);
    expect(bill).toBe('npm sbom --omit=dev --sbom-format=cyclonedx > sbom.cdx.json');
    const copies = named(shipped, 'COPY').map(({ flags, words }) => [flags['from'], words[0]]);
    expect(copies).toContainEqual(['dependencies', '/assay/node_modules']);
    expect(copies).toContainEqual(['dependencies', '/assay/sbom.cdx.json']);
    expect(copies.filter(([from]) => from === 'build')).toEqual([['build', '/assay/dist']]);
  });

  it('has nothing that installs or compiles, and runs no command where something could be left', () => {
    const [removal = ''] = commandsOf('runtime');
    const folders = ['/usr/local/include', '/usr/local/lib/node_modules', '/usr/local/bin/npm'];
    expect(removal.split(/\s+/)).toEqual(expect.arrayContaining(['rm', '-rf', ...folders]));
    expect(shipped.from).toBe('scratch');
    expect(named(shipped, 'RUN')).toEqual([]);
  });

  it('installs from the lockfile, without scripts, from a cache that outlives the layer', () => {
    const installs = stages
      .flatMap((stage) => named(stage, 'RUN'))
      .filter(({ words }) => words.includes('ci'));
    expect(installs).toHaveLength(2);
    for (const { words, flags } of installs) {
      expect(words).toEqual(expect.arrayContaining(['npm', 'ci', '--ignore-scripts']));
      expect(words).toContain('--prefer-offline');
      expect(flags['mount']).toBe('type=cache,id=npm,target=/root/.npm');
    }
  });

  it.each(['build', 'dependencies'])('installs in %s before it looks at any code', (name) => {
    const { instructions } = stageOf(name);
    const install = instructions.findIndex(({ words }) => words.includes('ci'));
    const before = { ...stageOf(name), instructions: instructions.slice(0, install) };
    expect(takenBy(before)).toEqual(['package.json', 'package-lock.json', '.npmrc']);
  });

  it('builds as the project does, with all that its script names or its tools look for', () => {
    expect(commandsOf('build')).toContain('npm run build');
    const commands = String(scripts.build).split(' && ');
    const tools = commands.map((command) => `${command.split(' ')[0]}.config.ts`);
    const files = [...tools, ...commands.flatMap((command) => command.split(' '))].filter(exists);
    const inBuild = takenBy(stageOf('build'));
    const isTaken = (file: string) => inBuild.some((one) => `${file}/`.startsWith(`${one}/`));
    expect(files.filter((file) => !isTaken(file))).toEqual([]);
  });

  it('sets variables that the gateway or Node reads', () => {
    const known = [...environmentNames, 'PATH', 'NODE_ENV', 'NODE_OPTIONS'];
    expect(Object.keys(environmentOf(shipped)).filter((name) => !known.includes(name))).toEqual([]);
    expect(environmentOf(shipped)).toMatchObject({ HOST: '0.0.0.0', PORT: '4000' });
    expect(named(shipped, 'EXPOSE').map(({ words }) => words)).toEqual([['4000']]);
  });

  it('is no root, by number, and owns nothing', () => {
    expect(named(shipped, 'USER').map(({ words }) => words)).toEqual([['1000:1000']]);
    const owners = named(shipped, 'COPY').filter(
      ({ flags }) => 'chown' in flags || 'chmod' in flags,
    );
    expect(owners).toEqual([]);
  });

  it('starts Node itself, so that signals reach it, as npm start does', () => {
    expect(named(shipped, 'ENTRYPOINT')).toEqual([]);
    const [start] = named(shipped, 'CMD');
    expect(start?.isJson).toBe(true);
    expect(start?.words.join(' ')).toBe(scripts.start);
  });
});

describe('the health check of the image', () => {
  const [check] = named(shipped, 'HEALTHCHECK');
  const [program = '', ...rest] = check?.words ?? [];

  /** How it ends where this listens. */
  async function endingWith(status: number | undefined) {
    const asked: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url);
      response.writeHead(status ?? 500).end();
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    if (status === undefined) await new Promise((done) => server.close(done));
    else onTestFinished(() => void server.close());
    const child = spawn(program, rest, { env: { PATH: process.env['PATH'], PORT: `${port}` } });
    const [code] = await once(child, 'close');
    return { code, asked };
  }

  it('is Node alone', () => {
    expect([program, check?.isJson]).toEqual(['node', true]);
  });

  it('passes where the process lives, and fails where it does not or nobody listens', async () => {
    expect(await endingWith(200)).toEqual({ code: 0, asked: ['/health/live'] });
    expect(await endingWith(503)).toEqual({ code: 1, asked: ['/health/live'] });
    expect(await endingWith(undefined)).toEqual({ code: 1, asked: [] });
  });
});

describe('the builder', () => {
  it('is sent all that is copied, and every source of a copy is there', () => {
    expect(taken.filter((source) => !exists(source))).toEqual([]);
    expect(taken.filter((source) => isIgnored(dockerignore, source))).toEqual([]);
    expect(isIgnored(dockerignore, 'src/graph/token.ts')).toBe(false);
    expect(isIgnored(dockerignore, 'schema/operations/top-tokens.graphql')).toBe(false);
  });

  it('is sent nothing else', () => {
    const sent = dockerignore.split('\n').filter((line) => line.startsWith('!'));
    expect(sent.map((line) => line.slice(1)).sort()).toEqual([...taken].sort());
    const strangers = [
      ...['.env', '.git/config', 'deploy/secrets/gateway.env', 'isolate-v8.log', 'keys.json'],
      ...['node_modules/zod/package.json', 'dist/main.js', 'test/unit/config.test.ts', 'README.md'],
      ...['schema/schema.graphql', 'package.json.orig', 'srcs/main.ts'],
    ];
    expect(strangers.filter((file) => !isIgnored(dockerignore, file))).toEqual([]);
  });
});

it('the README of deployments names files that are there, and modules that the build makes', () => {
  const readme = readText('deploy/README.md');
  const links = [...readme.matchAll(/\]\((?!http)([^)#]+)/g)].map(([, path]) => `deploy/${path}`);
  const modules = [...readme.matchAll(/dist\/([\w/-]+)\.js/g)].map(([, name]) => `src/${name}.ts`);
  expect(Math.min(links.length, modules.length)).toBeGreaterThan(0);
  expect([...links, ...modules].filter((path) => !exists(path))).toEqual([]);
});
