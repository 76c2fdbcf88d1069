import { expect, test } from 'vitest';

import { operationNameFrom } from '../../src/answer/request-line.ts';

test.each(['Price', '_', 'a1_B', 'x'.repeat(100)])('a log repeats the name %s', (name) => {
  expect(operationNameFrom(name)).toBe(name);
});

test.each([
  '',
  ' Price',
  'Price\n',
  '1st',
  'a-b',
  'Prix\u00e9',
  'x'.repeat(101),
  ['Price'],
  7,
  null,
])('a log does not repeat %j, which names no operation', (given) => {
  expect(operationNameFrom(given)).toBeUndefined();
});
