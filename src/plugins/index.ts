import type { Plugin } from 'graphql-yoga';
import type { Authenticate } from '../callers/authenticate.ts';
import { callerOf } from '../callers/caller.ts';
import type { Quota } from '../callers/quota/quota.ts';
import { freshnessOf } from '../answer/freshness.ts';
import type { RequestLog } from '../answer/request-line.ts';
import type { GraphContext } from '../context.ts';
import type { DocumentStore } from '../documents/store.ts';
import type { CostLimits } from '../pricing/priced.ts';
import type { RequestsFor } from '../pricing/read-plan.ts';
import type { Tracing } from '../tracing/trace.ts';
import { useAuthentication } from './authentication.ts';
import { useCost } from './cost.ts';
import { type DeadlineOptions, useDeadline } from './deadline.ts';
import { useDocumentLimits } from './document-limits.ts';
import { useErrorCodes } from './error-codes.ts';
import { type HealthOptions, useHealth } from './health.ts';
import { useHttpCache } from './http-cache.ts';
import { useHttpErrors } from './http-errors.ts';
import { useIntrospection } from './introspection.ts';
import { type LearningOptions, useLearning } from './learning.ts';
import { useOperation } from './operation.ts';
import { createPersistedDocuments, type DocumentsMode } from './persisted-documents.ts';
import { type QuotaOptions, useQuota } from './quota.ts';
import { useRequestGuard } from './request-guard.ts';
import { useRequestId, useRequestLog } from './request-log.ts';
import { useRetryAfter } from './retry-after.ts';
import { useSandboxNotice } from './sandbox-notice.ts';
import { useSecurityHeaders } from './security-headers.ts';
import { useSources } from './sources.ts';
import { useExecutionTracing, useTracing } from './tracing.ts';

export interface PluginsOptions {
  readonly log: RequestLog;
  readonly now: () => number;
  readonly readiness: HealthOptions['readiness'];
  readonly isSandbox: boolean;
  readonly documents: { readonly mode: DocumentsMode; readonly store: DocumentStore };
  readonly tokensMax: number;
  readonly limits: CostLimits;
  readonly deadline: DeadlineOptions;
  readonly hstsSeconds: number;
  readonly authenticate: Authenticate;
  readonly quota: Quota;
  readonly rateLimit: QuotaOptions['rateLimit'];
  readonly learning: LearningOptions;
  readonly requestsFor: RequestsFor;
  readonly tracing: Tracing | undefined;
}

/** Yoga's own type of a list: contexts of plugins are invariant, so no one plugin type fits all. */
type PluginList = (Plugin | object)[];

/** The way of a request, in its order. */
export function plugins(options: PluginsOptions): PluginList {
  const { log, now, readiness, isSandbox, documents, tokensMax, limits, requestsFor } = options;
  const { deadline, hstsSeconds, authenticate, quota, rateLimit, learning, tracing } = options;
  const persistedDocuments = createPersistedDocuments({
    ...documents,
    modeOf: (request) => callerOf(request)?.plan.documents,
  });
  return [
    // First to see a request: it has its number before anything can fail.
    useRequestId(),
    useHealth({ readiness }),
    useHttpErrors(),
    ...(isSandbox ? [useSandboxNotice()] : []),
    // Before a body is read or a document looked for: nothing runs for whom a browser was lured to send.
    useRequestGuard(),
    // Before anything is looked up for whoever asks.
    useAuthentication(authenticate),
    // Before anything that looks at the text: caches and prices are about the document.
    persistedDocuments.resolve,
    // Before the parser runs.
    useDocumentLimits({ tokensMax }),
    // After parser and rules: their errors get codes here.
    useErrorCodes(),
    // Of requests for the endpoint that go on; when errors have their codes.
    ...(tracing === undefined ? [] : [useTracing(tracing)]),
    // Who may not see the schema is not told of it by errors either.
    useIntrospection((request) => callerOf(request)?.plan.introspection ?? false),
    useOperation(),
    // Before the price, which an answer shows first.
    useSources({ now }),
    // In execution, because the price depends on variables; before anything is spent.
    useCost({ limits, requestsFor }),
    // After the price, which is what is charged; before anything is spent.
    useQuota({ quota, rateLimit, now }),
    // Around execution alone: all before it has bounds of its own.
    useDeadline(deadline),
    // Around the deadline: that it passed is part of what is told.
    ...(tracing === undefined ? [] : [useExecutionTracing()]),
    // After the price: what was refused is not worth remembering.
    persistedDocuments.remember,
    useLearning(learning),
    // Of the finished result: how long to wait, how long to keep.
    useRetryAfter(),
    useHttpCache<GraphContext>({ freshnessOf }),
    // Of every response, after CORS and the cache said what it varies by.
    useSecurityHeaders({ hstsSeconds }),
    // Of what is sent in the end.
    useRequestLog(log),
  ];
}
