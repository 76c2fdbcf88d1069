import type { IncomingMessage, ServerResponse } from 'node:http';
import type { GraphQLError } from 'graphql';
import { costOf } from '../answer/cost.ts';
import { cacheControlOf, freshnessOf, isKnown, weakEtagOf } from '../answer/freshness.ts';
import { quotaHeadersOf, quotaRefusal, throttleOf } from '../answer/quota.ts';
import { requestIdFrom, requestLineOf } from '../answer/request-line.ts';
import { sourcesOf } from '../answer/sources.ts';
import type { Authenticate, Recognised } from '../callers/authenticate.ts';
import type { Caller } from '../callers/caller.ts';
import type { Charge, Quota } from '../callers/quota/quota.ts';
import type { OperationContext } from '../context.ts';
import type { RateLimitDirective } from '../directives/rate-limit.ts';
import type { Executed } from '../execution/compile.ts';
import type { Log } from '../log.ts';
import type { OperationAsked } from '../operation-context.ts';
import { beyondPlan, limitsOf, refuse } from '../plugins/cost-refusals.ts';
import { inTime } from '../plugins/deadline.ts';
import type { CostLimits, Price } from '../pricing/price.ts';
import { addressOf } from '../server-context.ts';
import { creditsOf, type Usage } from '../usage.ts';
import type { Answers, KeptAnswer } from './answers.ts';
import { type AskedCall, type createCalls, isAllowed } from './calls.ts';
import { Leaving } from './leaving.ts';
import { isPlain } from './plain.ts';
import { collectBody } from '../request-body.ts';
import type { RawHeaders, Replies } from './replies.ts';

export interface ListenerOptions {
  readonly log: Pick<Log, 'info'>;
  readonly now: () => number;
  readonly authenticate: Authenticate;
  readonly quota: Quota;
  readonly rateLimit: Pick<RateLimitDirective<OperationContext>, 'reserve' | 'release'>;
  readonly contextOf: (asked: OperationAsked) => OperationContext;
  readonly limits: CostLimits;
  readonly timeoutMs: number;
  readonly calls: ReturnType<typeof createCalls>;
  readonly answers: Answers;
  readonly replies: Replies;
  /** The type that answers have for who accepts this, when it is known. */
  readonly contentTypeFor: (accept: string | undefined) => string | undefined;
  readonly maskError: (error: unknown) => GraphQLError;
}

/** A request on its way. */
interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  readonly startedAt: number;
  readonly contentType: string;
  readonly caller: Caller;
  readonly asked: AskedCall;
}

/**
 * The short way for what has run before: a plain request for a known operation. The guards are those of
 * the long way. Whatever is not plain, not known or to be refused before it is charged takes that way
 * instead, by `pass`, where everything that can be wrong is said.
 */
export function createListener(options: ListenerOptions) {
  const { log, now, authenticate, quota, rateLimit, contextOf, timeoutMs } = options;
  const { calls, answers, replies, contentTypeFor, maskError, limits: gatewayLimits } = options;

  /** Who sent it, before its body is read. */
  function start(request: IncomingMessage, response: ServerResponse, pass: Pass): void {
    const { headers } = request;
    const contentType = isPlain(request) ? contentTypeFor(headers.accept) : undefined;
    if (contentType === undefined) return pass();
    const startedAt = performance.now();
    const go = (recognised: Recognised) => {
      if (recognised.kind !== 'caller') return pass();
      const { caller } = recognised;
      const ask = (kind: 'search' | 'body', text: string, body?: Buffer) => {
        const asked = calls.read(kind, text);
        if (asked === undefined || !isAllowed(asked.document, caller.plan.documents)) {
          return pass(body);
        }
        const requestId = requestIdFrom(headers['x-request-id']?.toString());
        const exchange = { request, response, requestId, startedAt, contentType, caller, asked };
        if (!proceed(exchange)) pass(body);
      };
      if (request.method === 'GET') return ask('search', (request.url ?? '').slice(9));
      collectBody(request, (body) => ask('body', body.toString(), body));
    };
    const recognised = authenticate({
      apiKey: headers['x-api-key']?.toString() ?? null,
      authorization: headers.authorization ?? null,
      address: addressOf({ req: request }),
    });
    if (recognised instanceof Promise) void recognised.then(go, () => pass());
    else go(recognised);
  }

  /** Whether the request is answered here. */
  function proceed(exchange: Exchange): boolean {
    const { caller, asked } = exchange;
    const nowMs = now();
    if (asked.document !== undefined) {
      const kept = answers.find(asked.call.answers, caller, nowMs);
      if (kept !== undefined) {
        giveAgain(exchange, kept, nowMs);
        return true;
      }
    }
    const limits = limitsOf(gatewayLimits, caller.plan);
    const price = asked.call.priceFor(limits, nowMs);
    const isRefused = refuse(price, limits) ?? beyondPlan(price, caller.plan, nowMs) ?? undefined;
    if (isRefused !== undefined) return false;
    execute(exchange, price, limits);
    return true;
  }

  function giveAgain(exchange: Exchange, kept: KeptAnswer, nowMs: number): void {
    const { caller } = exchange;
    const { price, usage } = kept;
    const give = (charge: Charge) => {
      if (!charge.allowed) return refuseQuota(exchange, charge, price);
      const cost = costText(price, limitsOf(gatewayLimits, caller.plan), usage, charge);
      const told = `{"extensions":{"sources":${kept.sourcesAt(nowMs)},"cost":${cost}},"data":`;
      reply(exchange, usage, charge, `${told}${kept.data}}`, () => [
        ...['cache-control', kept.cacheControlAt(nowMs)],
        ...['etag', kept.etagOf(exchange.contentType)],
      ]);
    };
    // It reads nothing upstream.
    const charged = quota.charge(caller, { points: price.points, credits: 0 });
    if (charged instanceof Promise) void charged.then(give);
    else give(charged);
  }

  function execute(exchange: Exchange, price: Price, limits: CostLimits): void {
    const { caller, asked, requestId, response } = exchange;
    const leaving = new Leaving(response);
    const context = contextOf({
      ...{ caller, requestId, signal: () => leaving.signal() },
      documentName: () => asked.document?.name,
    });
    context.usage.price = price;
    context.usage.operation = asked.call.known.operation.name?.value;
    const reserved = rateLimit.reserve(context, price.limitedUses);
    const charged = quota.charge(caller, price);
    const run = (charge: Charge) => {
      context.quota.charge = charge;
      if (!charge.allowed) {
        rateLimit.release(context);
        context.settle();
        return refuseQuota(exchange, charge, price);
      }
      const { known, variables } = asked.call;
      const executed = known.compiled.run({ context, variables });
      if (!(executed instanceof Promise))
        return finish(exchange, context, charge, limits, executed);
      leaving.watch(context.settle);
      void inTime(executed, timeoutMs, () => leaving.abort()).then((result) =>
        finish(exchange, context, charge, limits, result),
      );
    };
    if (!(charged instanceof Promise) && reserved === undefined) return run(charged);
    void Promise.all([charged, reserved]).then(([charge]) => run(charge));
  }

  function finish(
    exchange: Exchange,
    context: OperationContext,
    charge: Charge,
    limits: CostLimits,
    { data, errors }: Executed | { readonly data?: undefined; readonly errors: Executed['errors'] },
  ): void {
    const { usage } = context;
    const { price } = usage;
    if (price === undefined) throw new Error('an operation was executed without a price');
    rateLimit.release(context);
    context.settle();
    charge.settle({ points: price.points, credits: Math.ceil(creditsOf(usage)) });
    const sources = sourcesOf(usage, now());
    if (errors.length > 0 || data === undefined || data === 'null') {
      const cost = { ...costOf(price, limits, usage), ...throttled(charge) };
      const result = { data, errors: errors.map(maskError), extensions: { sources, cost } };
      return fail(exchange, usage, charge, result);
    }
    if (exchange.asked.document !== undefined) {
      answers.keep(exchange.asked.call.answers, data, context);
    }
    const cost = costText(price, limits, usage, charge);
    const body = `{"extensions":{"sources":${JSON.stringify(sources)},"cost":${cost}},"data":${data}}`;
    reply(exchange, usage, charge, body, () => [
      ...['cache-control', cacheControlOf(freshnessOf(context))],
      ...['etag', weakEtagOf(exchange.contentType, data)],
    ]);
  }

  /** Sends a whole answer; one of a persisted document that was asked for by GET may be kept. */
  function reply(
    exchange: Exchange,
    usage: Usage,
    charge: Charge,
    body: string,
    cacheHeaders: () => RawHeaders,
  ): void {
    const { request, response, contentType, asked } = exchange;
    const more = headersOf(exchange, charge);
    let status = 200;
    if (request.method !== 'GET' || asked.document === undefined) {
      replies.notStored(response, { contentType, body }, more);
    } else {
      const forCaches = cacheHeaders();
      if (isKnown(forCaches.at(-1) ?? '', request.headers['if-none-match'] ?? null)) {
        status = 304;
        replies.notModified(response, [...forCaches, ...more]);
      } else {
        replies.stored(response, { contentType, body }, [...forCaches, ...more]);
      }
    }
    note(exchange, usage, status);
  }

  function refuseQuota(exchange: Exchange, charge: Charge, { points }: Price): void {
    const extensions = { cost: { points, ...throttled(charge) } };
    const result = { data: undefined, errors: [quotaRefusal(charge)], extensions };
    fail(exchange, undefined, charge, result);
  }

  function fail(
    exchange: Exchange,
    usage: Usage | undefined,
    charge: Charge,
    result: Parameters<Replies['failed']>[2],
  ): void {
    const { request, response, contentType } = exchange;
    const { accept } = request.headers;
    void replies
      .failed(response, { contentType, accept }, result, headersOf(exchange, charge))
      .then((status) => note(exchange, usage, status));
  }

  const headersOf = ({ requestId, caller }: Exchange, charge: Charge): RawHeaders => [
    ...['x-request-id', requestId],
    ...Object.entries(quotaHeadersOf(charge, caller.plan, now())).flat(),
  ];

  function note(exchange: Exchange, usage: Usage | undefined, status: number): void {
    const { requestId, caller, request, startedAt, asked } = exchange;
    const operation = asked.call.known.operation.name?.value ?? asked.document?.name;
    log.info(
      requestLineOf({
        ...{ requestId, caller: caller.id, method: request.method ?? '', status, startedAt },
        ...{ operation, document: asked.document?.id, usage },
      }),
      'request',
    );
  }

  return start;
}

/** Hands a request to the long way, with its body where that was read already. */
export type Pass = (body?: Buffer) => void;

const throttled = (charge: Charge) => {
  const throttle = throttleOf(charge);
  return throttle === undefined ? {} : { throttle };
};

const costText = (price: Price, limits: CostLimits, usage: Usage, charge: Charge): string =>
  JSON.stringify({ ...costOf(price, limits, usage), ...throttled(charge) });
