import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createKey } from '../../../src/callers/keys/key.ts';
import { printKeyFile } from '../../../src/callers/keys/key-file.ts';
import { encodeGlobalId } from '../../../src/graph/global-id.ts';
import { createTemporaryFolder } from './temporary-folder.ts';

/** What is asked: a list of 20 tokens with grade and signal, and who asks. */

export const listSize = 20;

export const listDocument = `query BenchList($ids: [ID!]!) {
  tokens(ids: $ids) { nodes { symbol tmGrade { grade } tradingSignal { signal } } }
}`;

/** The same list in one step of the upstream: all of it is of one endpoint. */
export const namesDocument = `query BenchNames($ids: [ID!]!) {
  tokens(ids: $ids) { nodes { symbol name } }
}`;

/** All that the servers compared with need to know of the tokens of the list. */
export const factsDocument = `query BenchFacts($ids: [ID!]!) {
  tokens(ids: $ids) {
    nodes { id symbol name tmGrade { grade rating } tradingSignal { date signal trend } }
  }
}`;

export const hashOf = (document: string) => createHash('sha256').update(document).digest('hex');

export const idsOf = (tokenIds: readonly number[]) =>
  tokenIds.map((tokenId) => encodeGlobalId('Token', tokenId));

export type Kind = 'get' | 'persisted' | 'ad-hoc' | 'mercurius';

export interface Request {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** Empty for a GET. */
  readonly body: string;
}

/** One way of asking for a document. */
export function requestOf(kind: Kind, document: string, ids: readonly string[]): Request {
  const variables = { ids };
  const path = '/graphql';
  const documentId = `sha256:${hashOf(document)}`;
  switch (kind) {
    case 'get': {
      const search = new URLSearchParams({ documentId, variables: JSON.stringify(variables) });
      return { method: 'GET', path: `${path}?${String(search)}`, body: '' };
    }
    case 'persisted':
      return { method: 'POST', path, body: JSON.stringify({ documentId, variables }) };
    case 'mercurius':
      return {
        method: 'POST',
        path,
        body: JSON.stringify({ query: hashOf(document), persisted: true, variables }),
      };
    case 'ad-hoc':
      return { method: 'POST', path, body: JSON.stringify({ query: document, variables }) };
  }
}

/** The headers of every request, as `wrk.lua` sends them. */
export const headersOf = ({ body }: Request, key: string): Record<string, string> => ({
  accept: 'application/graphql-response+json',
  'x-api-key': key,
  ...(body === '' ? {} : { 'content-type': 'application/json' }),
});

export interface Folder {
  readonly keys: readonly string[];
  /** Settings of a gateway with every guard on and callers nobody holds back. */
  readonly env: Readonly<Record<string, string>>;
  write(name: string, text: string): Promise<string>;
  /** A file of requests for `wrk.lua`, each of the next caller, or of the next one of these keys. */
  writeRequests(
    name: string,
    requests: readonly Request[],
    keys?: readonly string[],
  ): Promise<string>;
  remove(): Promise<void>;
}

/** `@rateLimit` lets a caller have the list 1,200 times a minute: so many callers are never held back. */
const callersCount = 2000;
const lots = 1_000_000_000;

export interface FolderOptions {
  readonly callers?: number;
  /** What the manifest holds besides the documents of this file. */
  readonly documents?: readonly string[];
}

/** A folder with keys, plans and a manifest, until it is removed. */
export async function createFolder(options: FolderOptions = {}): Promise<Folder> {
  const { callers = callersCount, documents: more = [] } = options;
  const { path: folder, remove } = await createTemporaryFolder();
  const write = async (name: string, text: string) => {
    await writeFile(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  // A prefix may come twice among many: it is the last one's.
  const made = new Map(
    Array.from({ length: callers }, createKey).map((one) => [one.prefix, one] as const),
  );
  const createdAt = new Date(Date.now() - 3_600_000).toISOString();
  const stored = Array.from(made, ([prefix, { hash }]) => {
    return [prefix, { prefix, hash, name: 'Bench', plan: 'bench', createdAt }] as const;
  });
  const keys = Array.from(made.values(), ({ key }) => key);
  const documents = [listDocument, namesDocument, factsDocument, ...more];
  const plans = {
    bench: { requestsPerMinute: lots, pointsPerMinute: lots, creditsPerMonth: lots },
  };
  return {
    keys,
    env: {
      KEYS_FILE: await write('keys.json', printKeyFile(new Map(stored))),
      PLANS_FILE: await write('plans.json', JSON.stringify({ default: 'bench', plans })),
      DOCUMENTS_MANIFESTS: await write(
        'manifest.json',
        JSON.stringify(Object.fromEntries(documents.map((text) => [hashOf(text), text]))),
      ),
      LOG_LEVEL: 'info',
    },
    write,
    writeRequests: (name, requests, askers = keys) => {
      const count = Math.max(askers.length, requests.length);
      const lines = Array.from({ length: count }, (_, index) => {
        const { method, path, body } = requests[index % requests.length] ?? none;
        return `${[method, path, askers[index % askers.length], body].join('\t')}\n`;
      });
      return write(name, lines.join(''));
    },
    remove,
  };
}

const none: Request = { method: 'GET', path: '/', body: '' };
