import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { startGateway } from '../support/gateway.ts';
import { startRedis } from '../support/redis.ts';

test('a gateway that was held up itself does not take it for an outage of Redis', async () => {
  const redis = await startRedis();
  onTestFinished(redis.stop);
  const folder = await mkdtemp(join(tmpdir(), 'assay-stall-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const plansFile = join(folder, 'plans.json');
  const plans = { small: { requestsPerMinute: 4 } };
  await writeFile(plansFile, JSON.stringify({ anonymous: 'small', plans }));
  const env = { PLANS_FILE: plansFile, REDIS_URL: redis.url };
  const [held, other] = [await startGateway({ env }), await startGateway({ env })];
  onTestFinished(() => Promise.all([held.close(), other.close()]).then(() => {}));

  const ask = (gateway: typeof held) => gateway.ask('{ viewer { plan { name } } }');
  for (let times = 0; times < 2; times += 1) await ask(other);
  // Its question to Redis is under way somewhere in these turns; then it is busy for long.
  const under = Array.from({ length: 3 }, () => ask(held));
  for (let turns = 0; turns < 4; turns += 1) {
    await turn();
    for (const begin = performance.now(); performance.now() - begin < 400;);
  }
  const answers = [...(await Promise.all(under)), await ask(held), await ask(other)];
  expect(answers.filter(({ status }) => status === 200).length).toBe(2);
});
