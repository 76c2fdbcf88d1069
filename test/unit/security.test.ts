import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const security = readFileSync(new URL('../../SECURITY.md', import.meta.url), 'utf8');

/** The last cell of a row: the tests that hold what the cell before it claims. */
const claims = security
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .slice(2)
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map(([, threat = '', , tests = '']) => ({
    threat,
    tests: [...tests.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
  }));

const fileOf = (name: string) =>
  new URL(`../${name.includes('/') ? name : `integration/${name}`}.test.ts`, import.meta.url);

it('every threat names tests that hold its defence, and all of them are there', () => {
  expect(claims.length).toBeGreaterThan(20);
  for (const { threat, tests } of claims) {
    expect([threat, tests.length]).not.toEqual([threat, 0]);
    expect([threat, tests.filter((name) => !existsSync(fileOf(name)))]).toEqual([threat, []]);
  }
});
