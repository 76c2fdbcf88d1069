import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { createRandom } from '../support/random.ts';
import { createWeighted, popularOf, variablesOf } from './choice.ts';
import { metricOf, seriesOf } from './gateway.ts';
import { failureOf, isWorthRetry, outcomeOf } from './outcome.ts';
import type { Scenario } from './scenario.ts';
import { growthOf } from './soak-verdicts.ts';
import { isBroken, none } from './tables.ts';
import { createTally, quantile } from './tally.ts';

test('a quantile is a figure that so many are not above', () => {
  const sorted = Array.from({ length: 200 }, (_, index) => index + 1);
  expect([0, 0.5, 0.99, 1].map((share) => quantile(sorted, share))).toEqual([1, 100, 198, 200]);
  expect(quantile([], 0.5)).toBe(0);
});

test('a tally counts outcomes, faults and retries, a second by its own time', () => {
  let nowMs = 0;
  const tally = createTally('some', () => nowMs);
  nowMs = 500;
  tally.count('200', 3, false);
  tally.countRetry('502');
  tally.count('500', 9, true);
  expect(tally.figures()).toEqual({
    ...{ name: 'some', requests: 2, perSecond: 4 },
    ...{ p50Ms: 3, p90Ms: 9, p99Ms: 9, maxMs: 9 },
    outcomes: { '200': 1, '500': 1 },
    retried: { '502': 1 },
    faults: { '500': 1 },
  });
});

test('an outcome is a status with all codes of its errors', () => {
  const codes = (...all: string[]) =>
    Buffer.from(JSON.stringify({ errors: all.map((code) => ({ extensions: { code } })) }));
  const data = Buffer.from('{"data":{"token":null}}');
  expect(outcomeOf(200, undefined, data)).toBe('200');
  expect(outcomeOf(200, 'gzip', gzipSync(data))).toBe('200');
  expect(outcomeOf(200, undefined, codes('B', 'A', 'B'))).toBe('200 A B');
  expect(outcomeOf(400, undefined, Buffer.from('{"errors":[{}]}'))).toBe('400 no code');
  expect(outcomeOf(304, undefined, Buffer.alloc(0))).toBe('304');
  expect(outcomeOf(304, undefined, data)).toBe('304 with body');
  expect(outcomeOf(200, undefined, Buffer.from('{"data":null}'))).toBe('200 without data');
});

test('what nobody answered is worth a second try, and what was answered is not', () => {
  const refused = failureOf(Object.assign(new Error('no'), { code: 'ECONNREFUSED' }));
  expect(refused).toBe('no answer: ECONNREFUSED');
  expect([refused, '502 without data', '503 X'].map(isWorthRetry)).toEqual([true, true, true]);
  expect(['200', '400 BAD_REQUEST', '429 A', '500 INTERNAL'].map(isWorthRetry)).not.toContain(true);
});

test('scenarios come by their weights, and the popular more often than others', () => {
  const random = createRandom(7);
  const scenarioOf = (name: string, weight: number): Scenario => ({
    ...{ name, weight, outcomes: [] },
    ask: () => ({ method: 'GET', path: '/', headers: {}, body: '' }),
  });
  const choose = createWeighted([scenarioOf('often', 3), scenarioOf('seldom', 1)]);
  const often = Array.from({ length: 4000 }, () => choose(random).name === 'often');
  expect(often.filter(Boolean).length / 4000).toBeCloseTo(0.75, 1);
  const items = Array.from({ length: 100 }, (_, index) => index);
  const counts = items.map(() => 0);
  for (let index = 0; index < 20_000; index += 1) {
    const item = popularOf(items, random);
    counts[item] = (counts[item] ?? 0) + 1;
  }
  const [first = 0, second = 0] = counts;
  expect(first / second).toBeGreaterThan(1.5);
  expect(Math.min(...counts)).toBeGreaterThan(0);
});

test('other tokens take the place of tokens, and of nothing else', () => {
  const of = (variables: Readonly<Record<string, unknown>>) =>
    variablesOf({ variables }, ['other'], createRandom(1));
  expect(of({ id: 'VG9rZW46MzM3NQ', first: 3 })).toEqual({ id: 'other', first: 3 });
  expect(of({ ids: ['VG9rZW46MzM3NQ'] })).toEqual({ ids: ['other'] });
  expect(of({ id: 'Q3J5cHRvSW5kZXg6MQ' })).toEqual({ id: 'Q3J5cHRvSW5kZXg6MQ' });
});

test('metrics are read by their whole name, and series are not comments', () => {
  const text = '# HELP a b\na{x="1"} 2\na{x="2"} 3\na_total 50\n\n';
  expect([metricOf(text, 'a'), metricOf(text, 'a_total'), seriesOf(text)]).toEqual([5, 50, 3]);
});

test('growth is what the last third has by what the first has, whatever one figure does', () => {
  expect(growthOf([10, 10, 99, 50, 50, 50, 20, 20, 0])).toBe(2);
  expect(growthOf([40, 40])).toBe(1);
});

test('a broken promise is a failure unless it is about speed', () => {
  const slow = { what: 'p99', measured: '2', bound: '1', isKept: false, isSpeed: true };
  expect(isBroken([none('faults', []), slow])).toBe(false);
  expect(isBroken([none('faults', ['one'])])).toBe(true);
});
