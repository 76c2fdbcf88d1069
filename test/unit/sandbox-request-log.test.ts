import { expect, test } from 'vitest';

import { createRequestLog } from '../../src/sandbox/request-log.ts';

test('the log keeps the last 10,000 requests', () => {
  const log = createRequestLog();
  const request = { method: 'GET', path: '/', query: {}, status: 200, rows: 0, plan: undefined };
  for (let at = 0; at < 10_003; at += 1) log.add({ ...request, at });
  expect(log.requests).toHaveLength(10_000);
  expect([log.requests[0]?.at, log.requests.at(-1)?.at]).toEqual([3, 10_002]);
});
