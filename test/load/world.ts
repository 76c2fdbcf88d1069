import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { createKey, type NewKey } from '../../src/callers/keys/key.ts';
import { printKeyFile } from '../../src/callers/keys/key-file.ts';
import { parseManifest } from '../../src/documents/manifest.ts';
import { encodeGlobalId } from '../../src/graph/global-id.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { clientsFolder, listClientManifests } from '../contract/known-clients.ts';
import type { Operation, World } from './scenario.ts';

const lots = 1_000_000_000;
/** Requests a minute of the caller who asks for more. */
export const trialPerMinute = 10;

const free = { requestsPerMinute: lots, pointsPerMinute: lots, creditsPerMonth: lots };
const plans = {
  app: free,
  partner: { ...free, priority: 'low' },
  trial: { ...free, requestsPerMinute: trialPerMinute },
};
/** So many that no limit of a field is met: each of them asks for little. */
const counts: Record<keyof typeof plans, number> = { app: 1500, partner: 500, trial: 1 };

const publishedFile = fileURLToPath(
  new URL('../../schema/client/persisted-documents.json', import.meta.url),
);

/** What clients know of a gateway on this sandbox, and the files it is started with. */
export async function createWorld(
  sandbox: Sandbox,
  write: (name: string, text: string) => Promise<string>,
) {
  const keys = await createKeys(write);
  const clients = await listClientManifests();
  const manifests = [publishedFile, ...clients.map(pathOf)];
  const [apollo, relay] = [
    clients.filter((file) => !file.startsWith('web')),
    clients.filter((file) => file.startsWith('web')),
  ];
  const world: World = {
    tokens: await tokensOf(sandbox),
    published: await publishedOperations(),
    apollo: (await Promise.all(apollo.map(recordedOperations))).flat(),
    relay: (await Promise.all(relay.map(recordedOperations))).flat(),
    keys: keys.known,
  };
  const env = {
    TOKENMETRICS_API_KEY: sandbox.key,
    TOKENMETRICS_BASE_URL: `${sandbox.url}/v2`,
    DOCUMENTS_MANIFESTS: manifests.join(','),
    PLANS_FILE: await write('plans.json', JSON.stringify({ plans })),
    KEYS_FILE: keys.file,
    LOG_LEVEL: 'info',
  };
  return { world, env };
}

async function createKeys(write: (name: string, text: string) => Promise<string>) {
  const createdAt = new Date(Date.now() - 3_600_000).toISOString();
  const made = Object.entries(counts).flatMap(([plan, count]) =>
    Array.from({ length: count }, () => ({ plan, ...createKey() })),
  );
  const stored = made.map(({ plan, prefix, hash }) => {
    return [prefix, { prefix, hash, name: plan, plan, createdAt }] as const;
  });
  // A prefix may come twice among many: it is the last one's.
  const last = new Map<string, NewKey>(made.map((one) => [one.prefix, one]));
  const of = (plan: keyof typeof plans) =>
    made.filter((one) => one.plan === plan && last.get(one.prefix) === one).map(({ key }) => key);
  const [trial = ''] = of('trial');
  return {
    file: await write('keys.json', printKeyFile(new Map(stored))),
    known: { app: of('app'), partner: of('partner'), trial, unknown: createKey().key },
  };
}

/** All there are, in the order the upstream gives them. */
async function tokensOf({ url, key }: Sandbox): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let page = 1; ; page += 1) {
    const answer = await fetch(`${url}/v2/tokens?limit=100&page=${page}`, {
      headers: { 'x-api-key': key },
    });
    const { data = [] }: any = await answer.json();
    if (data.length === 0) return ids;
    ids.push(...data.map((row: any) => encodeGlobalId('Token', row.TOKEN_ID)));
  }
}

async function publishedOperations(): Promise<readonly Operation[]> {
  const manifest: Record<string, string> = JSON.parse(await readFile(publishedFile, 'utf8'));
  return Object.entries(manifest).map(([id, text]) => {
    const [, name = ''] = /\b(?:query|mutation) (\w+)/.exec(text) ?? [];
    // Its defaults say of what an id is.
    const [, one] = /\$id: ID! = "(\w+)"/.exec(text) ?? [];
    const variables = {
      ...(one === undefined ? {} : { id: one }),
      ...(text.includes('$ids: [ID!]!') ? { ids: [] } : {}),
    };
    return { id, name, text, variables };
  });
}

/** What one version of an app sends, with the variables on record. */
async function recordedOperations(file: string): Promise<readonly Operation[]> {
  const recorded = JSON.parse(await readFile(pathOf(`recorded/${file}`), 'utf8'));
  return parseManifest(await readFile(pathOf(file), 'utf8'), file).map(({ ids, body }) => {
    const [, name = ''] = /\b(?:query|mutation) (\w+)/.exec(body) ?? [];
    const { variables = {} } = recorded[name] ?? {};
    return { id: ids[0] ?? '', name, text: body, variables };
  });
}

const pathOf = (file: string) => fileURLToPath(new URL(file, clientsFolder));
