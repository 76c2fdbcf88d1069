import type { JWTPayload } from 'jose';

export interface Identity {
  readonly subject: string;
  /** Undefined when the token names no plan. */
  readonly plan: string | undefined;
  readonly scopes: readonly string[];
}

export interface ClaimNames {
  readonly planClaim: string;
  readonly scopeClaim: string;
}

// Subjects become parts of keys and of log lines. 255 is OpenID Connect's bound.
const subjectPattern = /^[^\p{Cc}\p{Cs}]{1,255}$/u;

/** Who a verified token speaks of; undefined when its claims are not of the kinds they must be. */
export function identityOf(
  payload: JWTPayload,
  { planClaim, scopeClaim }: ClaimNames,
): Identity | undefined {
  const subject: unknown = payload.sub;
  const plan = claimOf(payload, planClaim);
  const scopes = scopesOf(claimOf(payload, scopeClaim));
  if (typeof subject !== 'string' || !subjectPattern.test(subject)) return undefined;
  // A plan we cannot read must not become the default plan.
  if (plan !== undefined && (typeof plan !== 'string' || plan === '')) return undefined;
  return scopes === undefined ? undefined : { subject, plan, scopes };
}

/** Issuers write null for what they leave out. */
const claimOf = (payload: JWTPayload, name: string): unknown =>
  Object.hasOwn(payload, name) ? (payload[name] ?? undefined) : undefined;

/** `a b` as in RFC 8693, or a list. */
function scopesOf(claim: unknown): readonly string[] | undefined {
  if (claim === undefined) return [];
  const scopes: unknown = typeof claim === 'string' ? claim.split(' ') : claim;
  if (!Array.isArray(scopes)) return undefined;
  const names = scopes.filter((scope: unknown) => typeof scope === 'string');
  if (names.length < scopes.length) return undefined;
  return [...new Set(names.filter((name) => name !== ''))];
}
