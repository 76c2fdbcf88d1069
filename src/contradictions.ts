import { jwtProblems, type JwtSettings } from './callers/jwt/settings.ts';

type Env = Readonly<Record<string, string | undefined>>;

interface Settings {
  readonly documents: { readonly manifests: readonly string[] };
  readonly callers: { readonly jwt: JwtSettings | undefined };
}

/** What no single variable can know to be wrong. */
export function contradictions(env: Env, { documents, callers }: Settings): readonly string[] {
  const problems: string[] = [];
  if (env['DOCUMENTS'] === 'trusted' && documents.manifests.length === 0) {
    problems.push(
      'DOCUMENTS_MANIFESTS: is not set and DOCUMENTS is trusted: no operation at all would be allowed',
    );
  }
  if (env['SANDBOX'] === 'off' && env['TOKENMETRICS_API_KEY'] === undefined) {
    problems.push(
      'SANDBOX: is off and TOKENMETRICS_API_KEY is not set: expected a key for the real API, or SANDBOX=auto for invented data',
    );
  }
  return [...problems, ...ofTokens(env, callers.jwt)];
}

/** The variable of each setting: whoever mends it set that. */
const variables: ReadonlyMap<string, string> = new Map([
  ['jwksUrl', 'JWT_JWKS_URL'],
  ['issuer', 'JWT_ISSUER'],
  ['audience', 'JWT_AUDIENCE'],
  ['algorithms', 'JWT_ALGORITHMS'],
]);

function ofTokens(env: Env, settings: JwtSettings | undefined): readonly string[] {
  if (settings !== undefined) {
    return jwtProblems(settings).map((problem) =>
      problem.replace(/^\w+/, (name) => variables.get(name) ?? name),
    );
  }
  const lost = ['JWT_ISSUER', 'JWT_AUDIENCE'].filter((name) => env[name] !== undefined);
  if (lost.length === 0) return [];
  // Without it no token is accepted, which who set the others did not want.
  return [
    `JWT_JWKS_URL: is not set beside ${lost.join(', ')}: expected where the issuer publishes its keys`,
  ];
}
