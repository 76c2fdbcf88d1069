import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from '../../src/config.ts';

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
    expect(readConfig(env).tokenMetrics.source).toEqual({
      kind: 'api',
      baseUrl: 'https://api.tokenmetrics.com/v2',
      apiKey: 'tm-key',
    });
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
      'REDIS_URL: expected a URL that starts with redis:// or rediss://',
      'COST_CREDITS_MAX: expected a whole number from 1 to 1000000000',
      'DOCUMENTS_MANIFESTS: is not set and DOCUMENTS is trusted: no operation at all would be allowed',
      'SANDBOX: is off and TOKENMETRICS_API_KEY is not set: expected a key for the real API, or SANDBOX=auto for invented data',
    ]);
    expect(problems.join()).not.toContain('secret');
  });

  it('a variable set to nothing is as good as not set', () => {
    expect(readConfig({ PORT: '', REDIS_URL: '', TOKENMETRICS_API_KEY: '' })).toEqual(
      readConfig({}),
    );
  });
});
