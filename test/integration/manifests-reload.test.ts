import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { createManifestBook } from '../../src/documents/manifest-book.ts';
import { createLog } from '../../src/log.ts';
import { recordingLog } from '../support/recording-log.ts';
import { createClient } from '../support/two-ways.ts';
import { startWatched } from '../support/watched-server.ts';

const symbols = '{ topTokens(first: 1) { nodes { symbol } } }';
const names = '{ topTokens(first: 1) { nodes { name } } }';
const accept = { accept: 'application/json' };

async function newFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'assay-manifests-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

const textOf = (documents: object) => JSON.stringify(documents);

/** A gateway of one manifest, and who asks it for documents over a socket. */
async function startTrusting(documents: object, env: Readonly<Record<string, string>> = {}) {
  const folder = await newFolder();
  const file = join(folder, 'manifest.json');
  await writeFile(file, textOf(documents));
  const config = readConfig({ DOCUMENTS: 'trusted', DOCUMENTS_MANIFESTS: file, ...env });
  const lines: string[] = [];
  const log = createLog(config.log, { write: (line: string) => void lines.push(line) });
  const app = await createApp({ config, log });
  const watched = await startWatched({ app, isDirect: true });
  const client = createClient(watched.port);
  onTestFinished(async () => {
    client.close();
    await watched.close();
    await app.close();
  });
  const ask = async (id: string) => {
    const target = `/graphql?documentId=${id}`;
    const { text } = await client.send({ target, headers: accept });
    const { data, errors } = JSON.parse(text);
    return data?.topTokens.nodes[0] ?? errors[0].extensions.code;
  };
  return {
    ...{ folder, file, ask },
    told: () => lines.filter((line) => line.includes('anifests')).map((line) => JSON.parse(line)),
    replace: async (text: string) => {
      await writeFile(file, text);
      await app.reload();
    },
    reload: app.reload,
    /** Asks until it is known. */
    warm: async (id: string) => {
      const before = watched.counts.directly;
      const first = await ask(id);
      await ask(id);
      await ask(id);
      expect(watched.counts.directly).toBeGreaterThan(before);
      return first;
    },
  };
}

const btc = { symbol: 'BTC' };
const bitcoin = { name: 'Bitcoin' };
const gone = 'PERSISTED_QUERY_NOT_IN_LIST';

describe('the documents that may be asked for', () => {
  test.each([
    ['with whole answers kept', {}],
    ['without', { ANSWERS_MEMORY_MB: '0' }],
  ])('are those of the manifests as they are now, on the fast path too, %s', async (_how, env) => {
    const { warm, ask, replace, told } = await startTrusting(
      { stays: symbols, goes: symbols },
      env,
    );
    expect([await warm('stays'), await warm('goes'), await ask('comes')]).toEqual([btc, btc, gone]);

    await replace(textOf({ stays: symbols, comes: names }));
    expect([await ask('stays'), await ask('goes'), await ask('comes')]).toEqual([
      btc,
      gone,
      bitcoin,
    ]);
    expect(told()).toMatchObject([{ level: 30, documents: 2 }]);

    await warm('stays');
    await replace(textOf({ stays: names }));
    expect([await ask('stays'), await ask('comes')]).toEqual([bitcoin, gone]);
  });

  test('are those of before while a manifest is bad, which is told once, without where it is', async () => {
    const { warm, ask, replace, reload, told, file, folder } = await startTrusting({ a: symbols });
    await warm('a');
    await replace('{"a":');
    await reload();
    expect(await ask('a')).toEqual(btc);
    expect(told()).toHaveLength(1);

    await replace(textOf({ a: symbols, b: '' }));
    expect([await ask('a'), await ask('b')]).toEqual([btc, gone]);

    // Nobody would be allowed anything: that is a mistake.
    await replace('{}');
    expect(await ask('a')).toEqual(btc);

    await rename(file, `${file}.old`);
    await reload();
    expect(await ask('a')).toEqual(btc);
    expect(told().map(({ level, problems }) => [level, ...problems])).toEqual([
      [40, expect.stringMatching(/^manifest\.json: expected JSON/)],
      [40, expect.stringMatching(/^manifest\.json: id "b": expected the text of a document/)],
      [40, expect.stringMatching(/^expected a document, got none/)],
      [40, 'manifest.json: cannot be read (ENOENT)'],
    ]);
    expect(JSON.stringify(told())).not.toContain(folder);

    await writeFile(file, textOf({ b: names }));
    await reload();
    expect([await ask('a'), await ask('b')]).toEqual([gone, bitcoin]);
  });
});

describe('a change of a manifest is noticed', () => {
  /** Where a cluster mounts files, each is a link into a folder, which is a link itself. */
  async function mounted(text: string) {
    const folder = await newFolder();
    const publish = async (version: string, content: string) => {
      await mkdir(join(folder, version));
      await writeFile(join(folder, version, 'm.json'), content);
      await symlink(version, join(folder, '..data_tmp'));
      await rename(join(folder, '..data_tmp'), join(folder, '..data'));
    };
    await publish('..v1', text);
    const file = join(folder, 'm.json');
    await symlink(join('..data', 'm.json'), file);
    return { file, publish: (content: string) => publish('..v2', content) };
  }

  async function plain(text: string) {
    const file = join(await newFolder(), 'm.json');
    await writeFile(file, text);
    return { file, publish: (content: string) => writeFile(file, content) };
  }

  async function replaced(text: string) {
    const { file } = await plain(text);
    const publish = async (content: string) => {
      await writeFile(`${file}.new`, content);
      await rename(`${file}.new`, file);
    };
    return { file, publish };
  }

  test.each([
    ['that is written', plain],
    ['that is replaced', replaced],
    ['that is mounted by a cluster', mounted],
  ])('%s', async (_how, made) => {
    const { file, publish } = await made(textOf({ a: symbols }));
    const { log } = recordingLog();
    let book: ReturnType<typeof createManifestBook> | undefined;
    const read = new Promise<readonly string[]>((resolve) => {
      book = createManifestBook({
        ...{ files: [file], mode: 'trusted', mark: 'none', log, pollMs: 3_600_000 },
        onRead: (trusted) => {
          if (trusted.has('b')) resolve([...trusted.values()].map(({ body }) => body));
        },
      });
    });
    onTestFinished(() => book?.close());
    await publish(textOf({ b: names }));
    expect(new Set(await read)).toEqual(new Set([names]));
  });
});
