/** What a key may do. Names of endpoints are the last part of their path. */
export interface Plan {
  readonly name: string;
  /** Requests a calendar month (UTC); Infinity for no limit. */
  readonly creditsPerMonth: number;
  readonly requestsPerMinute: number;
  readonly deniedEndpoints: readonly string[];
}

/**
 * The vendor's plans. Sources disagree about every figure: basic is what users had late in 2025,
 * the others are the documented limits of mid-2025. Pass a Plan of your own for other figures.
 */
export const plans = {
  basic: {
    name: 'basic',
    creditsPerMonth: 500,
    requestsPerMinute: 20,
    deniedEndpoints: ['resistance-support', 'price-prediction'],
  },
  advanced: plan('advanced', 20_000, 60),
  premium: plan('premium', 100_000, 180),
  vip: plan('vip', 500_000, 600),
  unlimited: plan('unlimited', Infinity, Infinity),
} as const;

/** The name of a plan the vendor sells, or unlimited. */
export type PlanName = keyof typeof plans;

/** Keys with the plans they name or bring. */
export function readPlans(
  keys: Readonly<Record<string, PlanName | Plan>>,
): ReadonlyMap<string, Plan> {
  return new Map(
    Object.entries(keys).map(([key, of]) => [key, typeof of === 'string' ? plans[of] : of]),
  );
}

function plan(name: string, creditsPerMonth: number, requestsPerMinute: number): Plan {
  return { name, creditsPerMonth, requestsPerMinute, deniedEndpoints: [] };
}
