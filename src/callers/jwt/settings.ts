/** What jose can verify with a public key; nothing with a shared secret, and not `none`. */
const publicKeyAlgorithms: ReadonlySet<string> = new Set([
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
]);

export interface JwtSettings {
  /** Where the issuer publishes its keys: https, or http on this machine. */
  readonly jwksUrl: string;
  readonly issuer: string;
  /** A token is for us when it names one of these. */
  readonly audience: readonly string[];
  readonly algorithms: readonly string[];
  readonly clockToleranceSeconds?: number;
  /** How far ahead `exp` may lie: a token cannot be revoked before. */
  readonly lifetimeSecondsMax?: number;
  readonly planClaim?: string;
  readonly scopeClaim?: string;
}

/** Every mistake of the settings at once. */
export class JwtSettingsError extends Error {
  override readonly name = 'JwtSettingsError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(
      `The settings of bearer tokens have ${problems.length} mistake(s): ${problems.join('; ')}`,
    );
    this.problems = problems;
  }
}

/** What is wrong with the settings, one sentence each; URLs are not repeated. */
export function jwtProblems(settings: JwtSettings): readonly string[] {
  const { jwksUrl, issuer, audience, algorithms } = settings;
  const { clockToleranceSeconds = 0, lifetimeSecondsMax = 1, planClaim, scopeClaim } = settings;
  const problems = [...urlProblems(jwksUrl)];
  if (issuer === '') problems.push('issuer: expected a name, got an empty one');
  if (audience.length === 0) problems.push('audience: expected at least one name, got none');
  if (audience.includes('')) problems.push('audience: expected a name, got an empty one');
  if (algorithms.length === 0) problems.push('algorithms: expected at least one, got none');
  for (const algorithm of algorithms) {
    if (!publicKeyAlgorithms.has(algorithm)) {
      const known = [...publicKeyAlgorithms].join(', ');
      problems.push(`algorithms: expected some of ${known}, got ${JSON.stringify(algorithm)}`);
    }
  }
  if (!isWithin(clockToleranceSeconds, 0, 300))
    problems.push(`clockToleranceSeconds: expected 0 to 300, got ${clockToleranceSeconds}`);
  if (!isWithin(lifetimeSecondsMax, 1, yearSeconds))
    problems.push(
      `lifetimeSecondsMax: expected 1 to ${yearSeconds} (a year), got ${lifetimeSecondsMax}`,
    );
  if (planClaim === '') problems.push('planClaim: expected a name, got an empty one');
  if (scopeClaim === '') problems.push('scopeClaim: expected a name, got an empty one');
  return problems;
}

const yearSeconds = 366 * 24 * 3600;

const isWithin = (value: number, min: number, max: number) => value >= min && value <= max;

function urlProblems(text: string): string[] {
  if (!URL.canParse(text)) return ['jwksUrl: expected a URL'];
  const { protocol, hostname, username, password } = new URL(text);
  const problems: string[] = [];
  if (username !== '' || password !== '') problems.push('jwksUrl: expected no credentials in it');
  if (protocol !== 'https:' && !(protocol === 'http:' && isLoopback(hostname)))
    problems.push('jwksUrl: expected https://, or http:// on this machine');
  return problems;
}

// `URL` has brought every way to write an IPv4 address into this form.
const isLoopback = (hostname: string) =>
  hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
