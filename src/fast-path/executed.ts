import { GraphQLError } from 'graphql';
import { costOf, openCostText, throttleText } from '../answer/cost.ts';
import { cacheControlOf, freshnessOf, weakEtagOf } from '../answer/freshness.ts';
import { quotaRefusal, throttleOf } from '../answer/quota.ts';
import type { RequestIds, RequestLog } from '../answer/request-line.ts';
import { sourcesOf, sourcesText } from '../answer/sources.ts';
import { beginExecution, endExecution } from '../answer/spans.ts';
import type { Charge, Quota } from '../callers/quota/quota.ts';
import type { OperationContext } from '../context.ts';
import type { RateLimitDirective } from '../directives/rate-limit.ts';
import type { OperationAsked } from '../operation-context.ts';
import { inTime } from '../plugins/deadline.ts';
import type { CostLimits, Price } from '../pricing/priced.ts';
import { creditsOf, type Usage } from '../usage.ts';
import type { Answers } from './answers.ts';
import { type Answered, askedLine, type Exchange, headersOf, idsOf, note } from './exchange.ts';
import { Leaving } from './leaving.ts';
import { type FailedResult, forCaches, type Replies } from './replies.ts';

export interface ExecutedOptions {
  readonly log: RequestLog;
  readonly now: () => number;
  readonly quota: Pick<Quota, 'charge'>;
  readonly rateLimit: Pick<RateLimitDirective<OperationContext>, 'reserve' | 'release'>;
  readonly contextOf: (asked: OperationAsked) => OperationContext;
  readonly timeoutMs: number;
  readonly answers: Answers;
  readonly replies: Replies;
  readonly maskError: (error: unknown, ids: RequestIds) => GraphQLError;
  /** Told of a fault for which nobody can be answered any more. */
  readonly onFault: (fault: unknown, ids: RequestIds) => void;
}

interface Outcome {
  /** JSON text; undefined where there was no time for it. */
  readonly data?: string | undefined;
  readonly errors: readonly GraphQLError[];
}

/** What an operation costs, and what it may cost. */
export interface Priced {
  readonly price: Price;
  readonly limits: CostLimits;
}

/** An operation that was let run, and what it was charged. */
interface Running extends Priced {
  readonly exchange: Exchange;
  readonly context: OperationContext;
  readonly charge: Charge;
}

/** With the cause, which is the log's to tell and nobody else's. */
const asGraphQLError = (error: unknown) =>
  error instanceof GraphQLError
    ? error
    : new GraphQLError('', { originalError: error instanceof Error ? error : new Error('thrown') });

const failed = (error: unknown): Outcome => ({ errors: [asGraphQLError(error)] });

/** What was charged is answered, whatever becomes of it: the other way would charge it again. */
function attempt<T>(work: () => T): T | Outcome {
  try {
    return work();
  } catch (error) {
    return failed(error);
  }
}

/** Charges, runs and answers operations that are known and priced. */
export function createExecuted(options: ExecutedOptions) {
  const { log, now, quota, rateLimit, contextOf, timeoutMs, answers, replies } = options;
  const { maskError, onFault } = options;

  function execute(exchange: Exchange, price: Price, limits: CostLimits): void {
    const { caller, asked, requestId, response, trace } = exchange;
    const { known, variables } = asked.call;
    const leaving = new Leaving(response);
    const context = contextOf({
      ...{ caller, requestId, trace, signal: () => leaving.signal() },
      documentName: () => asked.document?.name,
    });
    context.usage.price = price;
    context.usage.operation = known.operation.name?.value;
    const run = (charge: Charge) => {
      context.quota.charge = charge;
      if (!charge.allowed) {
        rateLimit.release(context);
        context.settle();
        return refuseQuota(exchange, charge, { price, limits });
      }
      if (context.step !== undefined) beginExecution(context.step);
      const running = { exchange, context, price, limits, charge };
      const executed = attempt(() => known.compiled.run({ context, variables }));
      if (!(executed instanceof Promise)) return finish(running, executed);
      leaving.watch(context.settle);
      void inTime(executed, timeoutMs, () => leaving.abort())
        .catch(failed)
        .then((outcome) => finish(running, outcome))
        .catch((fault: unknown) => onFault(fault, idsOf(exchange)));
    };
    const reserved = rateLimit.reserve(context, price.limitedUses);
    const charged = quota.charge(caller, price);
    if (!(charged instanceof Promise) && reserved === undefined) return run(charged);
    leaving.watch(context.settle);
    void Promise.all([charged, reserved])
      .then(([charge]) => run(charge))
      .catch((fault: unknown) => onFault(fault, idsOf(exchange)));
  }

  function finish({ exchange, context, price, limits, charge }: Running, outcome: Outcome): void {
    const { usage, step } = context;
    const { data, errors } = outcome;
    rateLimit.release(context);
    context.settle();
    charge.settle({ points: price.points, credits: Math.ceil(creditsOf(usage)) });
    if (step !== undefined) endExecution(step, usage, errors[0]);
    const nowMs = now();
    const line = askedLine(exchange, usage);
    if (errors.length > 0 || data === undefined || data === 'null') {
      const throttle = throttleOf(charge);
      const cost = { ...costOf(price, limits, usage), ...(throttle && { throttle }) };
      const extensions = { sources: sourcesOf(usage, nowMs), cost };
      const told = errors.map((error) => maskError(error, idsOf(exchange)));
      const answered: Answered = { answer: 'executed', usage, errors: told };
      return fail(exchange, charge, { data, errors: told, extensions }, line, answered);
    }
    if (exchange.asked.document !== undefined) {
      answers.keep(exchange.asked.call.answers, data, context);
    }
    const cost = `${openCostText(price, limits, usage)}${throttleText(charge)}}`;
    const body = `{"extensions":{"sources":${sourcesText(usage, nowMs)},"cost":${cost}},"data":${data}}`;
    const status = replies.whole(exchange, body, headersOf(exchange, charge, nowMs), () =>
      forCaches(cacheControlOf(freshnessOf(context)), weakEtagOf(exchange.contentType, data)),
    );
    note(log, exchange, status, line, { answer: 'executed', usage, errors });
  }

  function refuseQuota(exchange: Exchange, charge: Charge, { price, limits }: Priced): void {
    const operation = exchange.asked.call.known.operation.name?.value;
    const usage: Usage = { sources: new Map(), price, operation };
    const throttle = throttleOf(charge);
    const cost = { ...costOf(price, limits, usage), ...(throttle && { throttle }) };
    const errors = [quotaRefusal(charge)];
    const result = { data: undefined, errors, extensions: { cost, sources: [] } };
    const answered: Answered = { answer: 'other', usage, errors };
    fail(exchange, charge, result, askedLine(exchange, usage), answered);
  }

  function fail(
    exchange: Exchange,
    charge: Charge,
    result: FailedResult,
    line: string,
    answered: Answered,
  ): void {
    const [error] = result.errors;
    if (error !== undefined) exchange.trace?.span?.fail(error);
    void replies
      .failed(exchange, result, headersOf(exchange, charge, now()))
      .then((status) => note(log, exchange, status, line, answered));
  }

  return { execute, refuseQuota };
}
