import { askedLineOf, type RequestIds, type RequestLog } from '../answer/request-line.ts';
import { endRequest } from '../answer/spans.ts';
import { tellQuota } from '../answer/quota.ts';
import type { Caller } from '../callers/caller.ts';
import type { Charge } from '../callers/quota/quota.ts';
import type { DirectRequest, DirectResponse } from '../direct/exchange.ts';
import { headerLine, type HeaderLines } from '../direct/head.ts';
import type { CountedRequest } from '../request-counts.ts';
import type { Trace } from '../tracing/trace.ts';
import type { Usage } from '../usage.ts';
import type { AskedCall } from './calls.ts';

/** A request that is answered here, on its way. */
export interface Exchange {
  readonly request: DirectRequest;
  readonly response: DirectResponse;
  readonly requestId: string;
  readonly startedAt: number;
  /** Of whole answers, as the client accepts them. */
  readonly contentType: string;
  readonly caller: Caller;
  readonly asked: AskedCall;
  readonly trace: Trace | undefined;
}

/** What every answer says: which request it was, and what the caller's plan has left. */
export function headersOf(
  { requestId, caller }: Exchange,
  charge: Charge,
  nowMs: number,
): HeaderLines {
  let lines = headerLine('x-request-id', requestId);
  tellQuota(charge, caller.plan, nowMs, (name, value) => {
    lines += headerLine(name, value);
  });
  return lines;
}

/** The part of a request's line that is about the operation. */
export function askedLine({ asked }: Exchange, usage: Usage | undefined): string {
  const { call, document } = asked;
  const operation = call.known.operation.name?.value ?? document?.name;
  return askedLineOf({ operation, document: document?.id, usage });
}

export const idsOf = ({ requestId, trace }: Exchange): RequestIds => ({
  requestId,
  traceId: trace?.traceId,
});

/** What an answer was, besides its status. */
export type Answered = Pick<CountedRequest, 'answer' | 'usage' | 'errors'>;

export function note(
  log: RequestLog,
  exchange: Exchange,
  status: number,
  line: string,
  { answer, usage, errors }: Answered,
): void {
  const { requestId, caller, request, startedAt, trace, asked } = exchange;
  const { method = '' } = request;
  const { document } = asked;
  log(
    {
      requestId,
      traceId: trace?.traceId,
      caller: caller.id,
      startedAt,
      method,
      status,
      answer,
      document,
      usage,
      errors,
    },
    line,
  );
  if (trace?.span === undefined) return;
  endRequest(trace.span, { requestId, status, document: document?.id });
}
