import type { FieldRead } from './field-cost.ts';

/** A read with all the keys that share its requests. */
export interface SharedRead {
  readonly upstream: string;
  readonly endpoint: string;
  readonly kind: FieldRead['kind'];
  readonly keys: number;
  readonly span: number;
}

/** How many upstream requests a read needs at worst; the upstream's own arithmetic. */
export type RequestsFor = (read: SharedRead) => number;

/** One line of an operation's plan: requests that will be sent at worst, and for whom. */
export interface PlannedRequests extends SharedRead {
  readonly requests: number;
  /** The first place of the answer that needs them. */
  readonly path: string;
}

interface Group {
  readonly read: FieldRead;
  readonly path: string;
  /** Keys by the objects they are of; the same objects count once. */
  readonly keysOf: Map<string, number>;
}

/** Collects the reads of an operation and joins those that will share requests. */
export function createReadPlan(requestsFor: RequestsFor) {
  const groups = new Map<string, Group>();
  return {
    add(
      read: FieldRead,
      of: {
        readonly wave: string;
        readonly identity: string;
        readonly count: number;
        readonly path: string;
      },
    ): void {
      const { upstream, endpoint, kind, span = 1, range = '' } = read;
      const key = [of.wave, upstream, endpoint, kind, span, range].join('\n');
      let group = groups.get(key);
      if (group === undefined) {
        group = { read, path: of.path, keysOf: new Map() };
        groups.set(key, group);
      }
      const keys = (read.shared === undefined ? of.count : 1) * (read.keys ?? 1);
      const identity = read.shared ?? of.identity;
      group.keysOf.set(identity, Math.max(keys, group.keysOf.get(identity) ?? 0));
    },

    lines(): PlannedRequests[] {
      return [...groups.values()].map(({ read, path, keysOf }) => {
        const shared = {
          upstream: read.upstream,
          endpoint: read.endpoint,
          kind: read.kind,
          keys: [...keysOf.values()].reduce((sum, keys) => sum + keys, 0),
          span: read.span ?? 1,
        };
        return { ...shared, requests: requestsFor(shared), path };
      });
    },
  };
}
