import { createHash } from 'node:crypto';
import type { Caller, Unrecognised } from './caller.ts';
import type { JwtVerifier } from './jwt/jwt-verifier.ts';
import type { Keyring } from './keys/keyring.ts';
import type { KeyRecord } from './keys/record.ts';
import type { Plan } from './plan.ts';
import type { PlanBook } from './plans/plan-book.ts';
import type { Plans } from './plans/plans.ts';

/** What a request shows of who sent it. */
export interface Credentials {
  readonly apiKey: string | null;
  /** The header `Authorization`, whole. */
  readonly authorization: string | null;
  /** Where the request came from. */
  readonly address: string;
}

export type Recognised =
  | { readonly kind: 'caller'; readonly caller: Caller }
  | { readonly kind: 'refused'; readonly reason: Unrecognised };

export type Authenticate = (credentials: Credentials) => Recognised | Promise<Recognised>;

export interface AuthenticatorOptions {
  /** None when no keys are given out. */
  readonly keyring: Pick<Keyring, 'find'> | undefined;
  /** None when no tokens are accepted. */
  readonly jwt: Pick<JwtVerifier, 'verify'> | undefined;
  readonly plans: PlanBook;
  /** All that fields are marked with: what else a token names is not for this gateway. */
  readonly scopes: readonly string[];
}

/** Tells who asks. A credential that is shown must be good: nobody falls back to being anonymous. */
export function createAuthenticator({
  keyring,
  jwt,
  plans,
  scopes: known,
}: AuthenticatorOptions): Authenticate {
  const withPlan = (
    id: string,
    planName: string | undefined,
    scopes: readonly string[] = [],
  ): Recognised => {
    const choice = plans.planOf(planName);
    if (choice.kind !== 'plan') return { kind: 'refused', reason: 'no-plan' };
    const { plan } = choice;
    return { kind: 'caller', caller: { id, plan, scopes: granted(plan, scopes) } };
  };

  const allOf = new WeakMap<Plan, ReadonlySet<string>>();
  /** One set for all callers of a plan as it stands. */
  function scopesOf(plan: Plan): ReadonlySet<string> {
    const scopes = allOf.get(plan) ?? new Set(plan.scopes);
    allOf.set(plan, scopes);
    return scopes;
  }

  /** Never more than the plan allows; issuers that know nothing of our scopes narrow nothing. */
  function granted(plan: Plan, named: readonly string[]): ReadonlySet<string> {
    const ours = new Set(named.filter((scope) => known.includes(scope)));
    if (ours.size === 0) return scopesOf(plan);
    return new Set(plan.scopes.filter((scope) => ours.has(scope)));
  }

  const ofRecords = new WeakMap<KeyRecord, { readonly plans: Plans; readonly told: Recognised }>();

  /** The same caller for a key until its record or the plans are read anew. */
  function byKey(key: string): Recognised {
    const found = keyring?.find(key) ?? { kind: 'unknown' as const };
    if (found.kind !== 'ok') return { kind: 'refused', reason: found.kind };
    const { record } = found;
    const known = ofRecords.get(record);
    const current = plans.current();
    if (known?.plans === current) return known.told;
    const told = withPlan(`key:${record.prefix}`, record.plan);
    ofRecords.set(record, { plans: current, told });
    return told;
  }

  async function byToken(token: string): Promise<Recognised> {
    if (jwt === undefined) return { kind: 'refused', reason: 'unknown' };
    const found = await jwt.verify(token);
    if (found.kind === 'ok') {
      return withPlan(`token:${shortHash(found.subject)}`, found.plan, found.scopes);
    }
    return { kind: 'refused', reason: reasons[found.kind] ?? 'not-accepted' };
  }

  function anonymous(address: string): Recognised {
    const plan = plans.current().anonymous;
    if (plan === undefined) return { kind: 'refused', reason: 'missing' };
    const id = `address:${address}`;
    return { kind: 'caller', caller: { id, plan, scopes: scopesOf(plan) } };
  }

  return ({ apiKey, authorization, address }) => {
    if (apiKey !== null && authorization !== null) {
      return { kind: 'refused', reason: 'two-credentials' };
    }
    if (apiKey !== null) return byKey(apiKey);
    if (authorization === null) return anonymous(address);
    const token = /^bearer +(\S+)$/i.exec(authorization)?.[1];
    return token === undefined ? { kind: 'refused', reason: 'malformed' } : byToken(token);
  };
}

/** What else does not fit is for who gave the token out, not for who found it. */
const reasons: Readonly<Partial<Record<string, Unrecognised>>> = {
  expired: 'expired',
  'not-yet': 'not-yet',
  malformed: 'malformed',
  'keys-unavailable': 'unavailable',
};

/** A subject may be an address of mail: logs and books get what stands for it. */
const shortHash = (text: string) =>
  createHash('sha256').update(text).digest('base64url').slice(0, 16);
