import { createHash } from 'node:crypto';
import { jwtVerify, type JWSHeaderParameters } from 'jose';
import { LRUCache } from 'lru-cache';
import { identityOf, type Identity } from './claims.ts';
import { createKeyFetcher } from './fetch-keys.ts';
import { createKeySet, type KeySetOptions } from './key-set.ts';
import { refusalOf, RefusalError, type Refusal } from './refusals.ts';
import { jwtProblems, JwtSettingsError, type JwtSettings } from './settings.ts';

export interface JwtVerifierOptions extends JwtSettings, Omit<KeySetOptions, 'fetcher'> {
  readonly timeoutMs?: number;
  readonly jwksBytesMax?: number;
  /** How many verified tokens are remembered. */
  readonly tokensMax?: number;
}

export type Accepted = Identity & {
  readonly kind: 'ok';
  /** From then on the token is refused: `exp` with the clock tolerance. */
  readonly expiresAtMs: number;
};
export type Verified = Accepted | { readonly kind: Refusal };
export type JwtVerifier = ReturnType<typeof createJwtVerifier>;

const tokenCharactersMax = 8 * 1024;
// A signature may be empty: `none` is then told as the algorithm it is.
const tokenPattern = /^[\w-]+\.[\w-]+\.([\w-]*)$/;
// What an LRU slot, a hash and the object cost beside the strings.
const slotBytes = 300;

/** Verifies bearer tokens of one issuer; throws a `JwtSettingsError` when the settings are wrong. */
export function createJwtVerifier({
  timeoutMs = 5_000,
  jwksBytesMax = 256 * 1024,
  tokensMax = 10_000,
  ...options
}: JwtVerifierOptions) {
  const { jwksUrl, issuer, now, clockToleranceSeconds = 5, planClaim = 'plan' } = options;
  const { scopeClaim = 'scope', lifetimeSecondsMax = 24 * 3600 } = options;
  const problems = jwtProblems(options);
  if (problems.length > 0) throw new JwtSettingsError(problems);
  const audience = [...options.audience];
  const algorithms = [...options.algorithms];
  const fetcher = createKeyFetcher({ jwksUrl, timeoutMs, bodyBytesMax: jwksBytesMax });
  const keys = createKeySet({ ...options, fetcher });
  const verified = new LRUCache<string, { answer: Accepted; generation: number }>({
    max: tokensMax,
    maxSize: 32 * 1024 * 1024,
    sizeCalculation: ({ answer }) =>
      slotBytes + 2 * (answer.subject.length + answer.scopes.join('--------').length),
  });
  const ready = keys.warm();

  async function check(token: string) {
    let generation = 0;
    const keyOf = async (header: JWSHeaderParameters) => {
      const { crit, kid }: { crit?: unknown; kid?: unknown } = header;
      // No extension is understood here, so none may be critical.
      if (crit !== undefined || !(kid === undefined || typeof kid === 'string'))
        throw new RefusalError('malformed');
      // Of the header nothing else is read: no key, no address of one.
      const found = await keys.find({ alg: header.alg, kid });
      if (found.kind !== 'key') throw new RefusalError(found.kind);
      generation = found.generation;
      return found.key;
    };
    const { payload } = await jwtVerify(token, keyOf, {
      algorithms,
      issuer,
      audience,
      clockTolerance: clockToleranceSeconds,
      currentDate: new Date(now()),
    });
    const { exp, iat = 0 } = payload;
    const nowSeconds = Math.floor(now() / 1000);
    if (exp === undefined) throw new RefusalError('malformed');
    if (iat > nowSeconds + clockToleranceSeconds) throw new RefusalError('not-yet');
    if (exp > nowSeconds + clockToleranceSeconds + lifetimeSecondsMax)
      throw new RefusalError('long-lived');
    const identity = identityOf(payload, { planClaim, scopeClaim });
    if (identity === undefined) throw new RefusalError('malformed');
    const expiresAtMs = (exp + clockToleranceSeconds) * 1000;
    const answer: Accepted = Object.freeze({ kind: 'ok', ...identity, expiresAtMs });
    return { answer, generation };
  }

  return {
    /** Who the token speaks of, or why it is refused; never rejects. */
    async verify(token: string): Promise<Verified> {
      if (token.length > tokenCharactersMax) return { kind: 'malformed' };
      // A hash, so that the memory of the process holds no list of valid tokens.
      const id = createHash('sha256').update(token).digest('base64');
      const known = verified.get(id);
      // Asked at each hit, so that keys are kept fresh and a withdrawn one is noticed.
      const isKnown = known !== undefined && known.generation === keys.generation();
      if (isKnown && now() < known.answer.expiresAtMs) return known.answer;
      const signature = tokenPattern.exec(token)?.[1];
      // The last character may hold bits that belong to no byte: one token, one way to write it.
      if (signature === undefined || !isCanonical(signature)) return { kind: 'malformed' };
      try {
        const fresh = await check(token);
        verified.set(id, fresh);
        return fresh.answer;
      } catch (error) {
        verified.delete(id);
        return { kind: refusalOf(error) };
      }
    },

    /** Settles when the keys were asked for once, whatever came of it. */
    ready: () => ready,

    close: keys.close,
  };
}

const isCanonical = (text: string) => Buffer.from(text, 'base64url').toString('base64url') === text;
