import type { Plugin } from 'graphql-yoga';
import type { GraphContext } from '../context.ts';
import type { DocumentStore } from '../documents/store.ts';
import type { Log } from '../log.ts';
import type { RequestsFor } from '../pricing/read-plan.ts';
import { type CostLimits, useCost } from './cost.ts';
import { useDocumentLimits } from './document-limits.ts';
import { useErrorCodes } from './error-codes.ts';
import { useHealth } from './health.ts';
import { useHttpCache } from './http-cache.ts';
import { useHttpErrors } from './http-errors.ts';
import { useOperation } from './operation.ts';
import { createPersistedDocuments, type DocumentsMode } from './persisted-documents.ts';
import { useRequestLog } from './request-log.ts';
import { useRetryAfter } from './retry-after.ts';
import { useSandboxNotice } from './sandbox-notice.ts';
import { useSources } from './sources.ts';

export interface PluginsOptions {
  readonly log: Log;
  readonly now: () => number;
  readonly isReady: () => boolean;
  readonly isSandbox: boolean;
  readonly documents: { readonly mode: DocumentsMode; readonly store: DocumentStore };
  readonly tokensMax: number;
  readonly limits: CostLimits;
  readonly requestsFor: RequestsFor;
}

/** Yoga's own type of a list: contexts of plugins are invariant, so no one plugin type fits all. */
type PluginList = (Plugin | object)[];

/** The way of a request, in its order. */
export function plugins(options: PluginsOptions): PluginList {
  const { log, now, isReady, isSandbox, documents, tokensMax, limits, requestsFor } = options;
  const persistedDocuments = createPersistedDocuments(documents);
  return [
    // First to see a request: it has its number before anything can fail.
    useRequestLog(log),
    useHealth({ isReady }),
    useHttpErrors(),
    ...(isSandbox ? [useSandboxNotice()] : []),
    // Before anything that looks at the text: caches and prices are about the document.
    persistedDocuments.resolve,
    // Before the parser runs.
    useDocumentLimits({ tokensMax }),
    // After parser and rules: their errors get codes here.
    useErrorCodes(),
    useOperation(),
    // Before the price, which an answer shows first.
    useSources({ now }),
    // In execution, because the price depends on variables; before anything is spent.
    useCost({ limits, requestsFor }),
    // After the price: what was refused is not worth remembering.
    persistedDocuments.remember,
    // Of the finished result: how long to wait, how long to keep.
    useRetryAfter(),
    useHttpCache<GraphContext>({ freshnessOf }),
  ];
}

/** An answer that read nothing is about the schema alone, which only a release changes. */
const schemaFreshSeconds = 3600;

function freshnessOf({ usage }: GraphContext) {
  const freshSeconds = Math.min(...[...usage.sources.values()].map((tally) => tally.freshSeconds));
  return {
    maxAgeSeconds: Number.isFinite(freshSeconds) ? freshSeconds : schemaFreshSeconds,
    scope: 'public' as const,
  };
}
