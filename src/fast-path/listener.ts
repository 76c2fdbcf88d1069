import { requestIdFrom, type RequestIds } from '../answer/request-line.ts';
import { endPricing, tellOperation } from '../answer/spans.ts';
import type { Authenticate, Recognised } from '../callers/authenticate.ts';
import { beyondPlan, limitsOf, refuse } from '../plugins/cost-refusals.ts';
import type { CostLimits, Price } from '../pricing/priced.ts';
import type { DirectRequest, ServeDirectly } from '../direct/exchange.ts';
import type { Trace, Tracing } from '../tracing/trace.ts';
import type { Answers, KeptAnswer } from './answers.ts';
import { type AskedCall, type Calls, isAllowed } from './calls.ts';
import { type Exchange, idsOf } from './exchange.ts';
import { isPlain } from './plain.ts';

export interface ListenerOptions {
  readonly now: () => number;
  readonly authenticate: Authenticate;
  readonly limits: CostLimits;
  readonly calls: Calls;
  readonly answers: Answers;
  /** The type that answers have for who accepts this, when it is known. */
  readonly contentTypeFor: (accept: string | undefined) => string | undefined;
  readonly giveAgain: (exchange: Exchange, kept: KeptAnswer, nowMs: number) => void;
  /** Told of a fault of ours. */
  readonly onFault: (fault: unknown, ids: RequestIds) => void;
  readonly tracing: Pick<Tracing, 'begin'> | undefined;
  readonly execute: (exchange: Exchange, price: Price, limits: CostLimits) => void;
}

/**
 * The short way for what has run before: a plain request for a known operation. The guards are those of
 * the long way. Whatever is not plain, not known or to be refused before it is charged takes that way
 * instead, by `pass`, where everything that can be wrong is said.
 */
export function createListener(options: ListenerOptions): ServeDirectly {
  const { now, authenticate, calls, answers, contentTypeFor, giveAgain, execute, tracing } =
    options;

  return (request, response, readBody, pass): void => {
    const { headers } = request;
    const contentType = isPlain(request) ? contentTypeFor(headers.accept?.toString()) : undefined;
    if (contentType === undefined) return pass();
    const startedAt = performance.now();

    const ask = (recognised: Recognised, kind: 'search' | 'body', text: string, body?: Buffer) => {
      const asked = recognised.kind === 'caller' ? calls.read(kind, text) : undefined;
      if (recognised.kind !== 'caller' || asked === undefined) return pass(body);
      const { caller } = recognised;
      if (!isAllowed(asked.document, caller.plan.documents)) return pass(body);
      const requestId = requestIdFrom(headers['x-request-id']?.toString());
      const trace = tracing && beginTrace(tracing, request, startedAt, asked);
      const exchange = {
        request,
        response,
        requestId,
        startedAt,
        contentType,
        caller,
        asked,
        trace,
      };
      try {
        if (!proceed(exchange)) pass(body);
      } catch (error) {
        options.onFault(error, idsOf(exchange));
        // What was not answered yet is tried on the other way, which tells what is wrong.
        if (!response.isAnswered) pass(body);
      }
    };
    /** Who is not known has no body read here. */
    const go = (recognised: Recognised) => {
      if (recognised.kind !== 'caller') return pass();
      if (request.method === 'GET') return ask(recognised, 'search', searchOf(request));
      readBody((body) => ask(recognised, 'body', body.toString(), body));
    };
    const recognised = authenticate({
      apiKey: headers['x-api-key']?.toString() ?? null,
      authorization: headers.authorization?.toString() ?? null,
      address: request.address,
    });
    if (recognised instanceof Promise) void recognised.then(go, () => pass());
    else go(recognised);
  };

  /** Whether the request is answered here. */
  function proceed(exchange: Exchange): boolean {
    const { caller, asked, trace } = exchange;
    const nowMs = now();
    if (asked.document !== undefined) {
      const kept = answers.find(asked.call.answers, caller, nowMs);
      if (kept !== undefined) {
        giveAgain(exchange, kept, nowMs);
        return true;
      }
    }
    const limits = limitsOf(options.limits, caller.plan);
    const span = trace?.span?.child('price');
    const price = asked.call.priceFor(limits, nowMs);
    const refusal = refuse(price, limits) ?? beyondPlan(price, caller.plan, nowMs);
    if (refusal !== undefined) return false;
    if (span !== undefined) endPricing(span, price, undefined);
    execute(exchange, price, limits);
    return true;
  }
}

/** Where it is passed on after all, the other way begins anew: what is not ended was never begun. */
function beginTrace(
  { begin }: Pick<Tracing, 'begin'>,
  { method = '', headers }: DirectRequest,
  startedAt: number,
  { call }: AskedCall,
): Trace | undefined {
  const trace = begin({
    ...{ method, startedAt },
    traceparent: headers.traceparent?.toString(),
    tracestate: headers.tracestate?.toString(),
  });
  if (trace?.span !== undefined) tellOperation(trace.span, call.known.operation);
  return trace;
}

const pathLength = '/graphql?'.length;
const searchOf = ({ url = '' }: DirectRequest) => url.slice(pathLength);
