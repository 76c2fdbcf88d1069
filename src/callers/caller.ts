import type { Plan } from './plan.ts';

/** Who asks, and what they may do. */
export interface Caller {
  /** Stable for the same credential or address; safe to write to a log. */
  readonly id: string;
  readonly plan: Plan;
  /** What fields marked with scopes may be read. */
  readonly scopes: ReadonlySet<string>;
}

/** Why nobody was recognised. */
export type Unrecognised =
  | 'missing'
  | 'two-credentials'
  | 'malformed'
  | 'unknown'
  | 'revoked'
  | 'expired'
  | 'not-yet'
  | 'not-accepted'
  | 'unavailable'
  | 'no-plan';

const callers = new WeakMap<Request, Caller>();

/** Whom the authentication plugin recognised. */
export const callerOf = (request: Request): Caller | undefined => callers.get(request);

/** For the authentication plugin alone. */
export const setCaller = (request: Request, caller: Caller): void => {
  callers.set(request, caller);
};
