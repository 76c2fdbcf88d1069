import type { Plugin } from 'graphql-yoga';
import { tellQuota, quotaRefusal, throttleOf } from '../answer/quota.ts';
import type { Quota } from '../callers/quota/quota.ts';
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
  const charged = new WeakMap<Request, (tell: (name: string, value: string) => void) => void>();

  return {
    async onExecute({ context, setResultAndStopExecution }) {
      const { caller, usage } = context;
      const { price } = usage;
      if (price === undefined) return undefined;
      const reserved = rateLimit.reserve(context, price.limitedUses);
      const charge = await quota.charge(caller, price);
      await reserved;
      context.quota.charge = charge;
      const chargedAtMs = now();
      charged.set(context.request, (tell) => tellQuota(charge, caller.plan, chargedAtMs, tell));
      if (!charge.allowed) {
        rateLimit.release(context);
        const throttle = throttleOf(charge);
        return setResultAndStopExecution({
          errors: [quotaRefusal(charge)],
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
    onResponse({ request, response: { headers } }) {
      charged.get(request)?.((name, value) => headers.set(name, value));
    },
  };
}
