import { z } from 'zod';
import { adminContradictions, adminTokens } from './admin/settings.ts';
import { choice, integer, integerOrNone, list, redisUrl, secret, url } from './config-values.ts';
import { contradictions } from './contradictions.ts';
import { readLifetimes } from './lifetime-settings.ts';
import type { Secret } from './secret.ts';
import { tracingOf, tracingVariables } from './tracing/settings.ts';

/** Where a token's rows come from: the real API with its key, or the sandbox inside this process. */
export type TokenMetricsSource =
  | { readonly kind: 'api'; readonly baseUrl: string; readonly apiKey: Secret }
  | { readonly kind: 'sandbox'; readonly seed: string };

const environment = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: integer(4000, 0, 65_535),
  DRAIN_DELAY_MS: integer(100, 0, 600_000),
  SHUTDOWN_GRACE_MS: integer(10_000, 0, 600_000),
  BODY_BYTES_MAX: integer(256 * 1024, 1024, 64 * 1024 * 1024),
  REQUEST_TIMEOUT_MS: integer(30_000, 100, 600_000),
  CONNECTIONS_MAX: integer(10_000, 1, 1_000_000),
  CONNECTIONS_PER_ADDRESS_MAX: integer(1000, 1, 1_000_000),
  HSTS_SECONDS: integer(0, 0, 100_000_000),
  CORS_ORIGINS: list,
  GRAPHIQL: choice(['on', 'off']).default('on'),
  INTROSPECTION: choice(['on', 'off']).default('on'),
  LOG_LEVEL: choice(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
  REDIS_URL: redisUrl.optional(),
  REDIS_TIMEOUT_MS: integer(250, 1, 60_000),
  DOCUMENTS: choice(['open', 'apq', 'trusted']).default('open'),
  DOCUMENTS_MANIFESTS: list,
  DOCUMENTS_APQ_MAX: integer(10_000, 1, 10_000_000),
  DOCUMENTS_APQ_TTL_SECONDS: integer(30 * 24 * 3600, 60, 365 * 24 * 3600),
  COST_POINTS_MAX: integer(10_000, 1, 1_000_000_000),
  COST_CREDITS_MAX: integer(100, 1, 1_000_000_000),
  DOCUMENT_TOKENS_MAX: integer(5000, 100, 100_000),
  DOCUMENT_DEPTH_MAX: integer(20, 3, 100),
  SANDBOX: choice(['auto', 'on', 'off']).default('auto'),
  SANDBOX_SEED: z.string().min(1).default('assay'),
  TOKENMETRICS_API_KEY: secret('expected a key').optional(),
  TOKENMETRICS_VERSION: choice(['v2', 'v3']).default('v2'),
  TOKENMETRICS_BASE_URL: url(['https:', 'http:']).optional(),
  TOKENMETRICS_TIMEOUT_MS: integer(10_000, 1, 120_000),
  TOKENMETRICS_ANALYST_TIMEOUT_MS: integer(60_000, 1, 600_000),
  TOKENMETRICS_RETRIES: integer(2, 0, 10),
  TOKENMETRICS_BACKOFF_MS: integer(250, 1, 60_000),
  TOKENMETRICS_CONNECTIONS: integer(16, 1, 1000),
  TOKENMETRICS_QUEUE_MAX: integer(256, 0, 100_000),
  TOKENMETRICS_BREAKER_FAILURES: integer(5, 1, 1000),
  TOKENMETRICS_BREAKER_MS: integer(10_000, 100, 600_000),
  TOKENMETRICS_CREDITS_PER_MINUTE: integerOrNone(1, 1_000_000_000),
  TOKENMETRICS_CREDITS_PER_MONTH: integerOrNone(1, 1_000_000_000),
  TOKENMETRICS_LIFETIMES: list.transform(readLifetimes),
  ROWS_MEMORY_MB: integer(64, 0, 1_000_000),
  ROWS_WINDOW_MS: integer(2, 0, 1000),
  ROWS_REDIS_TIMEOUT_MS: integer(100, 1, 10_000),
  ANSWERS_MEMORY_MB: integer(32, 0, 1_000_000),
  DOCUMENTS_MEMORY_MB: integer(128, 1, 1_000_000),
  KEYS_FILE: z.string().min(1).optional(),
  PLANS_FILE: z.string().min(1).optional(),
  ANONYMOUS: choice(['auto', 'on', 'off']).default('auto'),
  JWT_JWKS_URL: z.string().min(1).optional(),
  JWT_ISSUER: z.string().min(1).optional(),
  JWT_AUDIENCE: list,
  JWT_ALGORITHMS: list,
  ADMIN_HOST: z.string().default('127.0.0.1'),
  ADMIN_PORT: integerOrNone(0, 65_535),
  ADMIN_TOKEN: adminTokens,
  ...tracingVariables,
});

/** Limits that bound what a plans file may say: while they are wrong, it may say anything. */
const unbounded = {
  COST_POINTS_MAX: '1000000000',
  COST_CREDITS_MAX: '1000000000',
  DOCUMENT_DEPTH_MAX: '100',
} as const;

/** The variables that are read; the README explains each. */
export const environmentNames: readonly string[] = Object.keys(environment.shape);

export type Config = ReturnType<typeof toConfig>;

function toConfig(env: z.output<typeof environment>) {
  const { TOKENMETRICS_API_KEY: apiKey, TOKENMETRICS_VERSION: version } = env;
  const baseUrl = env.TOKENMETRICS_BASE_URL ?? `https://api.tokenmetrics.com/${version}`;
  const source: TokenMetricsSource =
    apiKey === undefined || env.SANDBOX === 'on'
      ? { kind: 'sandbox', seed: env.SANDBOX_SEED }
      : { kind: 'api', baseUrl: baseUrl.replace(/\/$/, ''), apiKey };
  return {
    server: {
      ...{ host: env.HOST, port: env.PORT },
      ...{ drainDelayMs: env.DRAIN_DELAY_MS, shutdownGraceMs: env.SHUTDOWN_GRACE_MS },
      bodyBytesMax: env.BODY_BYTES_MAX,
      connectionsMax: env.CONNECTIONS_MAX,
      connectionsPerAddressMax: env.CONNECTIONS_PER_ADDRESS_MAX,
      hstsSeconds: env.HSTS_SECONDS,
      corsOrigins: env.CORS_ORIGINS,
      hasIntrospection: env.INTROSPECTION === 'on',
      hasGraphiql: env.GRAPHIQL === 'on',
    },
    deadline: {
      queryMs: env.REQUEST_TIMEOUT_MS,
      // What a mutation has spent is spent: it may take as long as what it asks.
      mutationMs: Math.max(env.REQUEST_TIMEOUT_MS, env.TOKENMETRICS_ANALYST_TIMEOUT_MS + 1000),
    },
    log: { level: env.LOG_LEVEL },
    redis:
      env.REDIS_URL === undefined
        ? undefined
        : { url: env.REDIS_URL, commandTimeoutMs: env.REDIS_TIMEOUT_MS },
    documents: {
      mode: env.DOCUMENTS,
      manifests: env.DOCUMENTS_MANIFESTS,
      apqMax: env.DOCUMENTS_APQ_MAX,
      apqTtlSeconds: env.DOCUMENTS_APQ_TTL_SECONDS,
      tokensMax: env.DOCUMENT_TOKENS_MAX,
      depthMax: env.DOCUMENT_DEPTH_MAX,
      bytesMax: env.DOCUMENTS_MEMORY_MB * 1024 * 1024,
    },
    cost: { pointsMax: env.COST_POINTS_MAX, creditsMax: env.COST_CREDITS_MAX },
    tokenMetrics: {
      source,
      version,
      analystTimeoutMs: env.TOKENMETRICS_ANALYST_TIMEOUT_MS,
      timeoutMs: env.TOKENMETRICS_TIMEOUT_MS,
      retries: env.TOKENMETRICS_RETRIES,
      backoffMs: env.TOKENMETRICS_BACKOFF_MS,
      connections: env.TOKENMETRICS_CONNECTIONS,
      queueMax: env.TOKENMETRICS_QUEUE_MAX,
      breakerFailures: env.TOKENMETRICS_BREAKER_FAILURES,
      breakerMs: env.TOKENMETRICS_BREAKER_MS,
      creditsPerMinute: env.TOKENMETRICS_CREDITS_PER_MINUTE,
      creditsPerMonth: env.TOKENMETRICS_CREDITS_PER_MONTH,
      lifetimes: env.TOKENMETRICS_LIFETIMES,
    },
    rows: {
      bytesMax: env.ROWS_MEMORY_MB * 1024 * 1024,
      windowMs: env.ROWS_WINDOW_MS,
      redisDeadlineMs: env.ROWS_REDIS_TIMEOUT_MS,
    },
    answers: { bytesMax: env.ANSWERS_MEMORY_MB * 1024 * 1024 },
    callers: {
      ...{ keysFile: env.KEYS_FILE, plansFile: env.PLANS_FILE, anonymous: env.ANONYMOUS },
      jwt:
        env.JWT_JWKS_URL === undefined
          ? undefined
          : {
              jwksUrl: env.JWT_JWKS_URL,
              issuer: env.JWT_ISSUER ?? '',
              audience: env.JWT_AUDIENCE,
              algorithms: env.JWT_ALGORITHMS.length > 0 ? env.JWT_ALGORITHMS : ['RS256', 'ES256'],
            },
    },
    admin:
      env.ADMIN_PORT === undefined ? undefined : { host: env.ADMIN_HOST, port: env.ADMIN_PORT },
    adminTokens: env.ADMIN_TOKEN ?? [],
    tracing: tracingOf(env),
  } as const;
}

/** Every mistake of an environment at once, one line each; values are not repeated. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The environment has ${problems.length} mistake(s):\n  ${problems.join('\n  ')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/**
 * The environment as one typed, frozen object, and all that is wrong with it. A variable that is wrong is
 * taken for one that holds the files to nothing, so that their mistakes can be told as well.
 */
export function examineEnvironment(
  env: Readonly<Record<string, string | undefined>> = process.env,
): { readonly config: Config; readonly problems: readonly string[] } {
  // A variable set to nothing means the same as one that is not set: compose files leave such.
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const { data, error } = environment.safeParse(given);
  const issues = error?.issues ?? [];
  const wrong = new Set(issues.map(({ path }) => String(path[0])));
  const right = Object.entries(given).filter(([name]) => !wrong.has(name));
  const lifted = Object.entries(unbounded).filter(([name]) => wrong.has(name));
  const usable = data ?? environment.parse(Object.fromEntries([...right, ...lifted]));
  const config = Object.freeze(toConfig(usable));
  const problems = [
    ...issues.map(({ path, message }) => `${path.join('.')}: ${message}`),
    ...[...contradictions(given, config), ...adminContradictions(given)],
  ];
  return { config, problems };
}

/** The environment; throws a `ConfigError` that tells all mistakes. */
export function readConfig(env?: Readonly<Record<string, string | undefined>>): Config {
  const { config, problems } = examineEnvironment(env);
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}
