import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createRedis } from '../../src/redis.ts';
import { type Caller, giveOutKeys, plans, refusalsOf, run } from '../abuse/many-callers.ts';
import { createClient, limitNames } from '../abuse/many-callers-client.ts';
import { judge, settlementsOf } from '../abuse/many-callers-oracle.ts';
import { startRealGateway } from '../abuse/real-gateway.ts';
import { spawnGateway } from '../e2e/gateway-process.ts';
import { recordingLog } from '../support/recording-log.ts';
import { startRedis } from '../support/redis.ts';

/** `npm run test:abuse` gives it a minute, which is how long a bucket takes to fill. */
const durationMs = Number(process.env['ABUSE_RUNS'] ?? 1000) >= 10_000 ? 60_000 : 5000;
// Short as it is, nobody stops before having met its limit, however busy the machine.
const timeout = durationMs + 300_000;

async function files() {
  const folder = await mkdtemp(join(tmpdir(), 'assay-callers-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const plansFile = join(folder, 'plans.json');
  await writeFile(plansFile, JSON.stringify({ plans }));
  return { plansFile, keysFile: join(folder, 'keys.json') };
}

/** What is to be seen is how gateways count, not how long a busy machine lets them wait. */
const patience = {
  REQUEST_TIMEOUT_MS: '120000',
  TOKENMETRICS_TIMEOUT_MS: '60000',
  REDIS_TIMEOUT_MS: '60000',
  ROWS_REDIS_TIMEOUT_MS: '10000',
};

interface Trial {
  readonly name: string;
  readonly callers: readonly Caller[];
  readonly origins: readonly string[];
  /** What may explain a failure. */
  readonly hint?: () => string;
}

/** Lets all callers ask for a while, and looks at every limit of every one. */
async function expectLimitsKept({ name, callers, origins, hint }: Trial) {
  const client = createClient(origins);
  onTestFinished(() => client.close().then(() => {}));
  const monthAtBegin = new Date().getUTCMonth();
  await run({ client, callers, durationMs });
  expect(client.faults).toEqual([]);

  const all = callers.flatMap(({ exchanges }) => exchanges);
  const settledMs = settlementsOf(all);
  // A month that ends meanwhile gives all its credits once more.
  const months = new Date().getUTCMonth() === monthAtBegin ? 1 : 2;
  const verdicts = callers.map((caller) => {
    const { key, plan, manner, limits, exchanges } = caller;
    const verdict = judge(exchanges, { limits, months }, settledMs);
    const refused = exchanges.filter(({ refusal }) => refusal !== undefined).length;
    return { ...verdict, who: `${key.slice(6, 14)} ${manner}, ${plan}`, plan, manner, refused };
  });
  type Judged = (typeof verdicts)[number];

  const refused = verdicts.reduce((sum, one) => sum + one.refused, 0);
  const waits = callers.flatMap((caller) => caller.waits);
  const most = limitNames.map((limit) => {
    const figure = Math.max(...verdicts.map(({ excess }) => excess[limit]));
    return `${figure.toFixed(2)} ${limit}`;
  });
  console.info(
    `${name}: ${callers.length} callers sent ${all.length} requests, ${all.length - refused} admitted, ` +
      `${refused} refused, ${waits.length} waited as told; beyond a limit at most ${most.join(', ')}`,
  );

  const expectNobody = (isAtFault: (one: Judged) => boolean) => {
    const found = verdicts.filter(isAtFault).map(({ who, excess, unjustified: [first] }) => {
      return { who, excess, first };
    });
    expect(found, hint?.()).toEqual([]);
  };
  const isLimited = ({ plan }: Judged) => plan !== 'unlimited';
  // Not by a single request, although gateways may be forgiven one.
  expectNobody(({ excess }) => limitNames.some((limit) => excess[limit] > 0));
  expectNobody(({ unjustified }) => unjustified.length > 0);
  expectNobody((one) => one.refused > 0 && (one.manner === 'frugal' || !isLimited(one)));
  // Whoever asked for too much has met the limit, often.
  expectNobody((one) => isLimited(one) && one.refused < refusalsOf[one.manner]);
  expect(waits.length).toBeGreaterThan(0);
  expect(waits.filter((passed) => !passed)).toEqual([]);
}

test(
  'one gateway: no caller has more than its plan, and none is refused what is left',
  {
    timeout,
  },
  async () => {
    const { plansFile, keysFile } = await files();
    const callers = await giveOutKeys({ kind: 'file', path: keysFile }, 200);
    const gateway = await startRealGateway({
      env: { ...patience, PLANS_FILE: plansFile, KEYS_FILE: keysFile, ROWS_MEMORY_MB: '64' },
    });
    onTestFinished(() => gateway.close());
    const origins = [new URL(gateway.url).origin];
    await expectLimitsKept({ name: 'one gateway', callers, origins });
  },
);

test(
  'three processes on one Redis: no caller has more than its plan, and none is refused what is left',
  {
    timeout,
  },
  async () => {
    const redis = await startRedis();
    onTestFinished(redis.stop);
    const { plansFile } = await files();
    const connection = createRedis(redis.url, { log: recordingLog().log });
    onTestFinished(connection.close);
    await connection.ready;
    const callers = await giveOutKeys({ kind: 'redis', client: connection.client }, 200);
    const gateways = [1, 2, 3].map(() =>
      spawnGateway({ ...patience, PLANS_FILE: plansFile, REDIS_URL: redis.url }),
    );
    onTestFinished(() => Promise.all(gateways.map(({ kill }) => kill())).then(() => {}));
    const origins = await Promise.all(gateways.map(({ origin }) => origin()));
    // Who counts without Redis counts for itself, which is what a failure here most likely is.
    const hint = () =>
      gateways
        .flatMap(({ stdout }) => stdout.split('\n'))
        .filter((line) => line.includes('the quota of callers is kept in memory'))
        .join('\n');
    await expectLimitsKept({ name: 'three processes', callers, origins, hint });
  },
);
