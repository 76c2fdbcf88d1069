import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { rateLimitOf, rateLimitPolicyOf, xRateLimitOf } from '../callers/quota/headers.ts';
import type { Charge, Quota } from '../callers/quota/quota.ts';
import type { OperationContext } from '../context.ts';
import type { RateLimitDirective } from '../directives/rate-limit.ts';
import { creditsOf } from '../usage.ts';

/** What browsers are let read. */
export const quotaHeaders = [
  ...['RateLimit', 'RateLimit-Policy'],
  ...['X-RateLimit-Limit', 'X-RateLimit-Remaining', 'X-RateLimit-Reset'],
] as const;

export interface QuotaOptions {
  readonly quota: Quota;
  /** Limits of fields, which are asked for in the same round trip. */
  readonly rateLimit: Pick<RateLimitDirective<OperationContext>, 'reserve' | 'release'>;
  readonly now: () => number;
}

/**
 * Charges an operation's price to its caller before it runs, refuses what the plan has not left, and
 * tells what is left in headers and with every answer.
 */
export function useQuota({ quota, rateLimit, now }: QuotaOptions): Plugin<OperationContext> {
  const charged = new WeakMap<Request, Readonly<Record<string, string>>>();

  return {
    async onExecute({ context, setResultAndStopExecution }) {
      const { caller, usage } = context;
      const { price } = usage;
      if (price === undefined) return undefined;
      const reserved = rateLimit.reserve(context, price.limitedUses);
      const charge = await quota.charge(caller, price);
      await reserved;
      context.quota.charge = charge;
      charged.set(context.request, headersOf(charge, caller.plan, now()));
      if (!charge.allowed) {
        rateLimit.release(context);
        const throttle = throttleOf(charge);
        return setResultAndStopExecution({
          errors: [refusal(charge)],
          extensions: { cost: { points: price.points, ...(throttle && { throttle }) } },
        });
      }
      return {
        onExecuteDone({ result, setResult }) {
          rateLimit.release(context);
          charge.settle({ points: price.points, credits: Math.ceil(creditsOf(usage)) });
          if (Symbol.asyncIterator in result) return;
          const throttle = throttleOf(charge);
          if (throttle === undefined) return;
          const { cost } = { cost: {}, ...result.extensions };
          setResult({
            ...result,
            extensions: { ...result.extensions, cost: { ...Object(cost), throttle } },
          });
        },
      };
    },
    onResponse({ request, response }) {
      for (const [name, value] of Object.entries(charged.get(request) ?? {})) {
        response.headers.set(name, value);
      }
    },
  };
}

/** The bucket of points, in the words that throttling clients of other APIs know. */
function throttleOf({ points }: Charge) {
  return (
    points && {
      maximumAvailable: points.limit,
      currentlyAvailable: points.remaining,
      restoreRate: points.limit / 60,
    }
  );
}

function headersOf(
  charge: Charge,
  plan: OperationContext['caller']['plan'],
  nowMs: number,
): Readonly<Record<string, string>> {
  const policy = rateLimitPolicyOf(plan);
  const limit = rateLimitOf(charge);
  return {
    ...(policy === undefined ? {} : { 'RateLimit-Policy': policy }),
    ...(limit === undefined ? {} : { RateLimit: limit }),
    ...xRateLimitOf(charge, nowMs),
  };
}

const names = { requests: 'requests', points: 'points', credits: 'credits' } as const;

function refusal({ refusedBy = 'requests', never, retryAfterSeconds, ...charge }: Charge) {
  const meter = charge[refusedBy];
  const wait = never
    ? 'It costs more than the plan ever holds: ask for less.'
    : `Wait ${retryAfterSeconds ?? 1} seconds.`;
  return new GraphQLError(
    `The plan has ${meter?.remaining ?? 0} of ${meter?.limit ?? 0} ${names[refusedBy]} left. ${wait}`,
    {
      extensions: {
        code: 'QUOTA_EXCEEDED',
        quota: refusedBy,
        limit: meter?.limit,
        remaining: meter?.remaining,
        ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
        http: { status: 429, spec: true },
      },
    },
  );
}
