import { expect, test } from 'vitest';

import { UpstreamError } from '../../src/upstreams/errors.ts';
import { readEnvelope } from '../../src/upstreams/tokenmetrics/envelope.ts';

/** The records of an answer, or the kind of its failure. */
function read(status: number, body: unknown): unknown {
  try {
    return readEnvelope('tokenMetrics', '/price', { status, headers: {}, body });
  } catch (error) {
    expect(error).toBeInstanceOf(UpstreamError);
    return error instanceof UpstreamError ? error.kind : undefined;
  }
}

const says = (message: string) => ({ success: false, message, length: 0, data: [] });
const plan = 'You are not authorized to access this endpoint with your current plan.';

test('records are taken as they come, whatever `length` and `message` say', () => {
  const data = [{ TOKEN_ID: 1 }, null, 3];
  expect(
    read(200, { success: true, message: 'Data fetched successfully', length: 3, data }),
  ).toEqual(data);
  expect(read(200, { success: true, length: 100, data })).toEqual(data);
  expect(read(200, { success: true, length: '3', message: null, pagination: {}, data })).toEqual(
    data,
  );
  expect(read(200, { success: true, data: [] })).toEqual([]);
});

test.each([
  ['nothing', undefined],
  ['null', null],
  ['a list', []],
  ['a text', 'ok'],
  ['no data', { success: true }],
  ['data null', { success: true, length: 0, data: null }],
  ['data an object', { success: true, data: { TOKEN_ID: 1 } }],
  ['success false', { success: false, message: 'Data fetched successfully', data: [] }],
  ['success a text', { success: 'true', data: [] }],
])('a 200 with %s is bad data and not "no rows"', (_name, body) => {
  expect(read(200, body)).toBe('bad-data');
});

test('404 is "no rows" when it says so, and a path that is gone when it does not', () => {
  expect(read(404, says('Data not found'))).toEqual([]);
  expect(read(404, { message: 'data not found.' })).toEqual([]);
  for (const body of [undefined, {}, says('Cannot GET /v2/price'), { message: null }]) {
    expect(read(404, body)).toBe('withdrawn');
  }
  expect(read(410, undefined)).toBe('withdrawn');
});

test('401 is the plan when it says so, and the key when it does not', () => {
  expect(read(401, { success: false, message: plan })).toBe('plan-restricted');
  expect(read(401, says('Invalid API key'))).toBe('auth');
  expect(read(401, says('Unauthorized: see the explanation in your account'))).toBe('auth');
  expect(read(401, undefined)).toBe('auth');
  expect(read(402, { accepts: [] })).toBe('plan-restricted');
  expect(read(403, undefined)).toBe('plan-restricted');
});

test.each([
  [400, 'rejected'],
  [414, 'rejected'],
  [422, 'rejected'],
  [431, 'rejected'],
  [500, 'unavailable'],
  [501, 'unavailable'],
  [530, 'unavailable'],
  [204, 'bad-data'],
  [206, 'bad-data'],
  [301, 'bad-data'],
  [304, 'bad-data'],
])('%d is %s, with or without a body', (status, kind) => {
  for (const body of [undefined, {}, says('Some thing wrong'), { success: true, data: [] }]) {
    expect(read(status, body)).toBe(kind);
  }
});

test('an error names the endpoint and the status, and has no word of the upstream', () => {
  const answer = { status: 400, headers: {}, body: says('Some thing wrong') };
  const fail = () => readEnvelope('tokenMetrics', '/price', answer);
  expect(fail).toThrow('tokenMetrics /price: rejected (400)');
  expect(fail).not.toThrow(/Some thing wrong/);
});
