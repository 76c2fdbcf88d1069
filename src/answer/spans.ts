import type { OperationDefinitionNode } from 'graphql';
import type { Price } from '../pricing/priced.ts';
import type { Span, Step } from '../tracing/trace.ts';
import { creditsOf, type Usage } from '../usage.ts';

/** What both ways of a request tell of one that is recorded: never its text, a variable or who asks. */

export function tellOperation(span: Span, { name, operation }: OperationDefinitionNode): void {
  span.set({ 'graphql.operation.type': operation, 'graphql.operation.name': name?.value });
}

export function endPricing(span: Span, { points, credits }: Price, refusal: unknown): void {
  span.set({ 'assay.points': points, 'assay.credits.estimated': credits });
  if (refusal !== undefined) span.fail(refusal);
  span.end();
}

/** From now on whatever is read is a part of the execution. */
export function beginExecution(step: Step): void {
  step.span = step.span.child('execute');
}

export function endExecution({ span }: Step, usage: Usage, error: unknown): void {
  const sum = { hits: 0, misses: 0, joins: 0, stale: 0, failed: 0 };
  for (const tally of usage.sources.values()) {
    sum.hits += tally.hits;
    sum.misses += tally.misses;
    sum.joins += tally.joins;
    sum.stale += tally.stale;
    sum.failed += tally.failed;
  }
  span.set({
    'assay.hits': sum.hits,
    'assay.misses': sum.misses,
    'assay.joins': sum.joins,
    'assay.stale': sum.stale,
    'assay.failed': sum.failed,
    'assay.credits': creditsOf(usage),
  });
  if (error !== undefined) span.fail(error);
  span.end();
}

export interface EndedRequest {
  readonly requestId: string;
  readonly status: number;
  /** The id of its persisted document. */
  readonly document: string | undefined;
}

export function endRequest(span: Span, { requestId, status, document }: EndedRequest): void {
  span.set({
    'http.response.status_code': status,
    'assay.request.id': requestId,
    'assay.document.id': document,
  });
  span.end();
}
