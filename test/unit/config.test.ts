import { describe, expect, it } from 'vitest';
import { ConfigError, examineEnvironment, readConfig } from '../../src/config.ts';

/** The problems of an environment. */
function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('the environment', () => {
  it('needs nothing: without a key the sandbox answers', () => {
    expect(readConfig({}).tokenMetrics.source).toEqual({ kind: 'sandbox', seed: 'assay' });
  });

  it('with a key asks the real API, unless the sandbox is on', () => {
    const env = { TOKENMETRICS_API_KEY: 'tm-key' };
    const { source } = readConfig(env).tokenMetrics;
    expect(source).toMatchObject({ kind: 'api', baseUrl: 'https://api.tokenmetrics.com/v2' });
    expect(source.kind === 'api' && source.apiKey.reveal()).toBe('tm-key');
    expect(readConfig({ ...env, SANDBOX: 'on' }).tokenMetrics.source.kind).toBe('sandbox');
  });

  it('tells all mistakes at once, without repeating values', () => {
    const problems = problemsOf({
      PORT: '70000',
      SANDBOX: 'off',
      REDIS_URL: 'http://secret@example.com',
      DOCUMENTS: 'trusted',
      COST_CREDITS_MAX: 'many',
    });
    expect(problems).toEqual([
      'PORT: expected at most 65535',
      'REDIS_URL: expected a URL that starts with redis://, redis+sentinel:// or redis+cluster:// (rediss for TLS)',
      'COST_CREDITS_MAX: expected a whole number from 1 to 1000000000',
      'DOCUMENTS_MANIFESTS: is not set and DOCUMENTS is trusted: no operation at all would be allowed',
      'SANDBOX: is off and TOKENMETRICS_API_KEY is not set: expected a key for the real API, or SANDBOX=auto for invented data',
    ]);
    expect(problems.join()).not.toContain('secret');
  });

  it('tells what is wrong with bearer tokens by its variables, without repeating the URL', () => {
    const problems = problemsOf({ JWT_JWKS_URL: 'http://a:secret@i.test', JWT_ALGORITHMS: 'none' });
    expect(problems.map((problem) => problem.split(':')[0])).toEqual([
      ...['JWT_JWKS_URL', 'JWT_JWKS_URL', 'JWT_ISSUER', 'JWT_AUDIENCE', 'JWT_ALGORITHMS'],
    ]);
    expect(problems.join()).not.toContain('secret');
    expect(problemsOf({ JWT_AUDIENCE: 'assay' })).toEqual([
      'JWT_JWKS_URL: is not set beside JWT_AUDIENCE: expected where the issuer publishes its keys',
    ]);
    expect(
      problemsOf({ JWT_JWKS_URL: 'https://i.test', JWT_ISSUER: 'i', JWT_AUDIENCE: 'assay' }),
    ).toEqual([]);
  });

  it('that is wrong still says which files it names, and bounds their plans by nothing', () => {
    const { config, problems } = examineEnvironment({
      PLANS_FILE: 'plans.json',
      KEYS_FILE: 'keys.json',
      PORT: 'many',
      COST_POINTS_MAX: 'many',
      COST_CREDITS_MAX: '7',
    });
    expect(problems.length).toBe(2);
    expect(config.callers).toMatchObject({ plansFile: 'plans.json', keysFile: 'keys.json' });
    expect(config.cost).toEqual({ pointsMax: 1_000_000_000, creditsMax: 7 });
    expect(config.server.port).toBe(4000);
  });

  it('that names a list of no manifests allows none, and is told so', () => {
    expect(problemsOf({ DOCUMENTS: 'trusted', DOCUMENTS_MANIFESTS: ' , ' })).toHaveLength(1);
  });

  it('a variable set to nothing is as good as not set', () => {
    expect(readConfig({ PORT: '', REDIS_URL: '', TOKENMETRICS_API_KEY: '' })).toEqual(
      readConfig({}),
    );
  });
});
