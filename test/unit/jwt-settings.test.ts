import { describe, expect, it } from 'vitest';
import { createJwtVerifier } from '../../src/callers/jwt/jwt-verifier.ts';
import { jwtProblems, JwtSettingsError, type JwtSettings } from '../../src/callers/jwt/settings.ts';
import { recordingLog } from '../support/recording-log.ts';

const good: JwtSettings = {
  jwksUrl: 'https://issuer.test/jwks',
  issuer: 'https://issuer.test',
  audience: ['assay'],
  algorithms: ['RS256', 'ES512', 'EdDSA'],
};

describe('the settings of bearer tokens', () => {
  it('tell all mistakes at once, and refuse to start', () => {
    const bad = {
      jwksUrl: 'http://user:hunter2@issuer.test/jwks',
      issuer: '',
      audience: [],
      algorithms: ['HS256', 'none', 'RS256'],
      clockToleranceSeconds: 301,
      lifetimeSecondsMax: 0,
      planClaim: '',
      scopeClaim: '',
    };
    const known = 'RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, Ed25519';
    const problems = [
      'jwksUrl: expected no credentials in it',
      'jwksUrl: expected https://, or http:// on this machine',
      'issuer: expected a name, got an empty one',
      'audience: expected at least one name, got none',
      `algorithms: expected some of ${known}, got "HS256"`,
      `algorithms: expected some of ${known}, got "none"`,
      'clockToleranceSeconds: expected 0 to 300, got 301',
      'lifetimeSecondsMax: expected 1 to 31622400 (a year), got 0',
      'planClaim: expected a name, got an empty one',
      'scopeClaim: expected a name, got an empty one',
    ];
    expect(jwtProblems(bad)).toEqual(problems);
    const { log } = recordingLog();
    const start = () => createJwtVerifier({ ...bad, now: () => 0, log });
    expect(start).toThrow(JwtSettingsError);
    expect(start).not.toThrow(/hunter2/);
  });

  it.each([
    ['https://issuer.test/jwks', 0],
    ['http://localhost:8080/jwks', 0],
    ['http://127.0.0.1:8080/jwks', 0],
    ['http://127.1/jwks', 0],
    ['http://[::1]/jwks', 0],
    ['http://127.0.0.1.evil.test/jwks', 1],
    ['http://localhost.evil.test/jwks', 1],
    ['http://10.0.0.1/jwks', 1],
    ['http://[::2]/jwks', 1],
    ['file:///etc/jwks', 1],
    ['data:application/json,{"keys":[]}', 1],
    ['jwks', 1],
  ])('of %s have %i mistakes', (jwksUrl, count) => {
    expect(jwtProblems({ ...good, jwksUrl }).length).toBe(count);
  });

  it.each([
    'HS256',
    'HS384',
    'HS512',
    'none',
    'NONE',
    '',
    'rs256',
    'dir',
    'RSA-OAEP',
    'constructor',
  ])('do not know the algorithm "%s"', (algorithm) => {
    expect(jwtProblems({ ...good, algorithms: [algorithm] }).length).toBe(1);
  });

  it('need at least one algorithm, and times that are numbers', () => {
    expect(jwtProblems(good)).toEqual([]);
    expect(jwtProblems({ ...good, algorithms: [] }).length).toBe(1);
    expect(jwtProblems({ ...good, audience: ['a', ''] }).length).toBe(1);
    for (const wrong of [NaN, -1, Infinity]) {
      expect(jwtProblems({ ...good, clockToleranceSeconds: wrong }).length).toBe(1);
      expect(jwtProblems({ ...good, lifetimeSecondsMax: wrong }).length).toBe(1);
    }
  });
});
