export type Refusal =
  | 'malformed'
  | 'expired'
  | 'not-yet'
  | 'long-lived'
  | 'wrong-issuer'
  | 'wrong-audience'
  | 'bad-signature'
  | 'unknown-key'
  | 'algorithm'
  | 'keys-unavailable';

/** Ends a verification from inside jose's call. */
export class RefusalError extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal);
    this.refusal = refusal;
  }
}

const refusalOfCode: ReadonlyMap<unknown, Refusal> = new Map<unknown, Refusal>([
  ['ERR_JOSE_ALG_NOT_ALLOWED', 'algorithm'],
  ['ERR_JWS_SIGNATURE_VERIFICATION_FAILED', 'bad-signature'],
  ['ERR_JWT_EXPIRED', 'expired'],
  ['ERR_JWS_INVALID', 'malformed'],
  ['ERR_JWT_INVALID', 'malformed'],
  ['ERR_JOSE_NOT_SUPPORTED', 'malformed'],
]);

const refusalOfClaim: ReadonlyMap<unknown, Refusal> = new Map<unknown, Refusal>([
  ['iss', 'wrong-issuer'],
  ['aud', 'wrong-audience'],
  ['nbf', 'not-yet'],
]);

/** Why jose refused a token. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof RefusalError) return error.refusal;
  if (!(error instanceof Error) || !('code' in error)) return unusableKey;
  if (error.code !== 'ERR_JWT_CLAIM_VALIDATION_FAILED')
    return refusalOfCode.get(error.code) ?? unusableKey;
  const isWrong = 'reason' in error && error.reason === 'check_failed' && 'claim' in error;
  return (isWrong ? refusalOfClaim.get(error.claim) : undefined) ?? 'malformed';
}

// What has no code is about the key: an RSA key of 1024 bits, say.
const unusableKey = 'unknown-key';
