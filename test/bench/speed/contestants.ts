import { resolve } from 'node:path';
import { type ChildServer, startChildServer } from './child-server.ts';
import { startGateway } from './gateway.ts';
import { root } from './machine.ts';
import { startTraced } from './traced.ts';
import type { Folder, Kind } from './workload.ts';

/** Who takes part, with what requests, and what is compared with what. */

/** What servers need to know before they start. */
export interface Course {
  readonly folder: Folder;
  /** The answer of the gateway that bare Node gives, head and body. */
  readonly answerFile: string;
  /** The rows of the peers. */
  readonly factsFile: string;
  /** Documents by their hash. */
  readonly documentsFile: string;
}

const node = (path: string, args: readonly string[], env?: Readonly<Record<string, string>>) =>
  startChildServer({
    command: [process.execPath, resolve(root, 'test/bench', path), ...args],
    ...(env && { env }),
  });

export const servers = {
  bare: ({ answerFile }) => node('speed/servers/bare.mjs', [answerFile]),
  yoga: ({ factsFile }) => node('peers/yoga.mjs', [factsFile]),
  apollo: ({ factsFile }) => node('peers/apollo.mjs', [factsFile]),
  mercurius: ({ factsFile, documentsFile }) =>
    node('peers/mercurius.mjs', [factsFile, documentsFile]),
  assay: ({ folder }) => startGateway({ env: folder.env }),
  // Rows are kept, answers are not: every request is executed.
  executing: ({ folder }) => startGateway({ env: { ...folder.env, ANSWERS_MEMORY_MB: '0' } }),
  traced: ({ folder }) => startTraced(folder.env),
  'traced-executing': ({ folder }) => startTraced({ ...folder.env, ANSWERS_MEMORY_MB: '0' }),
  unguarded: ({ folder }) => node('speed/servers/unguarded.mjs', [], folder.env),
} satisfies Record<string, (course: Course) => Promise<ChildServer>>;

export type ServerName = keyof typeof servers;

export interface Contestant {
  readonly server: ServerName;
  readonly kind: Kind;
  readonly what: string;
}

// What is compared stands side by side: so little time lies between that the machine is the same.
export const contestants = {
  'bare-get': { server: 'bare', kind: 'get', what: 'bare Node, the same answer' },
  'assay-get': { server: 'assay', kind: 'get', what: 'Assay, hot persisted GET' },
  'traced-get': { server: 'traced', kind: 'get', what: 'the same, 1 % of requests traced' },
  'assay-post': { server: 'assay', kind: 'persisted', what: 'Assay, hot persisted POST' },
  'bare-post': { server: 'bare', kind: 'persisted', what: 'bare Node, body read and parsed' },
  mercurius: { server: 'mercurius', kind: 'mercurius', what: 'Mercurius + JIT, persisted POST' },
  'assay-executed': {
    ...{ server: 'executing', kind: 'persisted' },
    what: 'Assay, persisted POST, executed',
  },
  'traced-executed': {
    ...{ server: 'traced-executing', kind: 'persisted' },
    what: 'the same, 1 % of requests traced',
  },
  'assay-unguarded': {
    ...{ server: 'unguarded', kind: 'persisted' },
    what: 'Assay without guards, executed',
  },
  apollo: { server: 'apollo', kind: 'ad-hoc', what: 'Apollo Server, ad-hoc POST' },
  'assay-ad-hoc': {
    ...{ server: 'executing', kind: 'ad-hoc' },
    what: 'Assay, ad-hoc POST, executed',
  },
  yoga: { server: 'yoga', kind: 'ad-hoc', what: 'GraphQL Yoga, ad-hoc POST' },
} as const satisfies Record<string, Contestant>;

export type ContestantName = keyof typeof contestants;

export interface Comparison {
  readonly name: ContestantName;
  readonly reference: ContestantName;
  readonly atLeast: number;
}

export const comparisons: readonly Comparison[] = [
  { name: 'assay-get', reference: 'bare-get', atLeast: 0.8 },
  { name: 'assay-post', reference: 'bare-post', atLeast: 0.75 },
  { name: 'assay-executed', reference: 'mercurius', atLeast: 1.2 },
  { name: 'assay-ad-hoc', reference: 'apollo', atLeast: 2 },
  { name: 'assay-ad-hoc', reference: 'yoga', atLeast: 2.5 },
  { name: 'assay-executed', reference: 'assay-unguarded', atLeast: 0.85 },
  { name: 'traced-get', reference: 'assay-get', atLeast: 0.95 },
  { name: 'traced-executed', reference: 'assay-executed', atLeast: 0.95 },
];

export const isContestant = (name: string): name is ContestantName => name in contestants;
