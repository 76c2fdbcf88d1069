import { GraphQLError } from 'graphql';
import type { Plan } from '../callers/plan.ts';
import { rateLimitOf, rateLimitPolicyOf, tellXRateLimit } from '../callers/quota/headers.ts';
import type { Charge } from '../callers/quota/quota.ts';

/** The bucket of points, in the words that throttling clients of other APIs know. */
export function throttleOf({ points }: Charge) {
  return (
    points && {
      maximumAvailable: points.limit,
      currentlyAvailable: points.remaining,
      restoreRate: points.limit / 60,
    }
  );
}

const policies = new WeakMap<Plan, string>();

/** Empty where nothing is limited. */
function policyOf(plan: Plan): string {
  const known = policies.get(plan);
  if (known !== undefined) return known;
  const policy = rateLimitPolicyOf(plan) ?? '';
  policies.set(plan, policy);
  return policy;
}

/** Tells what is left of a plan for clients that look at headers. */
export function tellQuota(
  charge: Charge,
  plan: Plan,
  nowMs: number,
  tell: (name: string, value: string) => void,
): void {
  const policy = policyOf(plan);
  if (policy === '') return;
  tell('ratelimit-policy', policy);
  const limit = rateLimitOf(charge);
  if (limit !== undefined) tell('ratelimit', limit);
  tellXRateLimit(charge, nowMs, tell);
}

const names = { requests: 'requests', points: 'points', credits: 'credits' } as const;

/** The refusal of an operation for which a plan has too little left. */
export function quotaRefusal({
  refusedBy = 'requests',
  never,
  retryAfterSeconds,
  ...charge
}: Charge) {
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
