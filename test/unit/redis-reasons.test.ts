import { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';

import { insureCounters } from '../../src/directives/insured-counters.ts';
import { createBoundedRedis } from '../../src/upstreams/ledger/bounded-redis.ts';
import { createRest } from '../../src/redis/rest.ts';
import { createImpatientRedis } from '../../src/upstreams/rows/impatient-redis.ts';
import { recordingLog } from '../support/recording-log.ts';

/** What the log is told of a Redis that refuses: never the arguments that its refusals repeat. */

const refusal = Object.assign(
  new Error(`ERR unknown command 'EVALSHA', with args beginning with: 'secret' 'key:secret' `),
  { name: 'ReplyError', command: { name: 'evalsha', args: ['secret'] } },
);
const refuse = () => Promise.reject(refusal);

/** A client that never connects, for what is not asked in these tests. */
function idleRedis() {
  const redis = new Redis({ lazyConnect: true });
  onTestFinished(() => redis.disconnect());
  return redis;
}

test('what is kept in memory instead is told without them', async () => {
  const { log, lines } = recordingLog();
  const redis = idleRedis();
  const bounded = createBoundedRedis({ redis, purpose: 'it', deadlineMs: 1000, log });
  await expect(bounded.ask(refuse)).rejects.toBe(refusal);
  expect(lines).toMatchObject([{ object: { reason: "ERR unknown command 'EVALSHA'" } }]);
});

test('rows that are not shared are told without them', async () => {
  const { log, lines } = recordingLog();
  const redis = Object.assign(idleRedis(), { evalsha: refuse, eval: refuse });
  const rest = createRest({ redis, deadlineMs: 1000, log });
  const impatient = createImpatientRedis({ redis, deadlineMs: 1000, rest, log });
  const rows = [{ keys: ['key:secret'], args: [] }] as const;
  const call = { script: { text: 'return 1', sha1: '' }, args: [], rows };
  await impatient.run(call);
  expect(lines).toMatchObject([{ object: { reason: "ERR unknown command 'EVALSHA'" } }]);
});

test('limits that are counted in memory are told without them', async () => {
  const { log, lines } = recordingLog();
  const counters = insureCounters({ take: refuse }, { take: () => Promise.resolve([]) }, log);
  expect(await counters.take([])).toEqual([]);
  expect(lines).toMatchObject([{ object: { reason: "ERR unknown command 'EVALSHA'" } }]);
});
