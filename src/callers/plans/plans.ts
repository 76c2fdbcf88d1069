import type { Plan } from '../plan.ts';

/** What a plan means where its file is silent: the gateway's own limits, which no plan exceeds. */
export type PlanDefaults = Omit<Plan, 'name'>;

export interface Plans {
  readonly byName: ReadonlyMap<string, Plan>;
  /** The plan of callers without credentials; undefined when none are let in. */
  readonly anonymous: Plan | undefined;
  /** The plan of credentials that name none; undefined when they must. */
  readonly fallback: Plan | undefined;
}

export type PlanChoice =
  | { readonly kind: 'plan'; readonly plan: Plan }
  /** The credential names a plan that is not there: a fault of the configuration, not of the caller. */
  | { readonly kind: 'unknown-plan'; readonly name: string }
  /** The credential names none, and the plans have none for such. */
  | { readonly kind: 'no-plan' };

/** The plan of a credential that names one, or none. */
export function planOf({ byName, fallback }: Plans, name: string | undefined): PlanChoice {
  const plan = name === undefined ? fallback : byName.get(name);
  if (plan !== undefined) return { kind: 'plan', plan };
  return name === undefined ? { kind: 'no-plan' } : { kind: 'unknown-plan', name };
}

export interface BuiltInPlansOptions {
  readonly isSandbox: boolean;
  /** `auto` lets callers without credentials in where the data is invented. */
  readonly anonymous: 'auto' | 'on' | 'off';
  readonly defaults: PlanDefaults;
}

/** The plans of a gateway without a plans file: one, with the gateway's own limits. */
export function builtInPlans({ isSandbox, anonymous, defaults }: BuiltInPlansOptions): Plans {
  const unlimited: Plan = Object.freeze({ ...defaults, name: 'unlimited' });
  const isOpen = anonymous === 'on' || (anonymous === 'auto' && isSandbox);
  return {
    byName: new Map([[unlimited.name, unlimited]]),
    anonymous: isOpen ? unlimited : undefined,
    fallback: unlimited,
  };
}
