import { setTimeout as after } from 'node:timers/promises';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { ensureSystemPackages, redisPackage } from '../support/system-package.ts';
import { type Balancer, noticedAfterMs, startBalancer } from './balancer.ts';
import { type ChaosFound, chaosVerdicts, phases } from './chaos-verdicts.ts';
import { decentScenarios, questionName } from './decent-clients.ts';
import type { Report } from './job.ts';
import { runLoad, startLoad } from './load.ts';
import { type Replicas, startReplicas } from './replicas.ts';
import type { Stage } from './stage.ts';
import type { Verdict } from './tables.ts';

export interface ChaosOptions {
  readonly perSecond: number;
  /** How long each phase lasts that waits for nothing else. */
  readonly phaseSeconds: number;
  readonly seed: number;
  /** How often the balancer asks whether a gateway is ready. */
  readonly checkMs: number;
  /** How long a gateway that is told to end goes on listening; as long as the balancer needs by default. */
  readonly drainDelayMs?: number;
  readonly say: (progress: string) => void;
}

export interface Chaos {
  readonly report: Report;
  readonly upstreamCalls: ReadonlyMap<string, number>;
  readonly redispatched: number;
  /** Why the balancer could not pass a request or its answer on. */
  readonly broken: Readonly<Record<string, number>>;
  readonly verdicts: readonly Verdict[];
}

const replicasCount = 3;
const warmUp = { connections: 6, requestsMax: 600 };
/** So slow that who is at work does not finish meanwhile. */
const slowMs = 500;
const runningMin = 3;
const seconds = { max: 600, sharedAgainMax: 45 };

/** Three gateways, a Redis and a load balancer under load, while one after the other goes away. */
export async function runChaos(stage: Stage, options: ChaosOptions): Promise<Chaos> {
  const { bundle, env, world } = stage;
  const { perSecond, seed, drainDelayMs = noticedAfterMs(options) } = options;
  const [program] = ensureSystemPackages([redisPackage]);
  const redis = await startRedis(program);
  const balancer = await startBalancer(options);
  let replicas: Replicas | undefined;
  try {
    replicas = await startReplicas({
      ...{ balancer, bundle, count: replicasCount, isAnywhere: true },
      env: { ...env, REDIS_URL: redis.url, DRAIN_DELAY_MS: String(drainDelayMs) },
    });
    const job = {
      ...{ origin: balancer.origin, world, connections: 100, retries: 1 },
      // A question costs each time it is asked: nobody asks it again by himself.
      only: decentScenarios(world).flatMap(({ name }) => (name === questionName ? [] : [name])),
    };
    // Not at a rate: what three new gateways cannot take would be waited for long after.
    await runLoad({ ...job, ...warmUp, seed: seed + 1, pace: 'closed', seconds: Infinity });
    const load = startLoad({
      ...{ ...job, seed, pace: { perSecond } },
      ...{ seconds: seconds.max, requestsMax: Infinity },
    });
    await load.begun();
    const upstreamCalls = new Map<string, number>();
    const phase = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
      options.say(name);
      await load.begin(name);
      const before = stage.upstreamCalls();
      const done = await work();
      upstreamCalls.set(name, stage.upstreamCalls() - before);
      return done;
    };
    const found = await bringAbout({ stage, redis, replicas, balancer, phase, options });
    load.end();
    const report = await load.report();
    const faults = replicas.faults();
    return {
      ...{ report, upstreamCalls },
      ...{ redispatched: balancer.redispatched(), broken: balancer.failures() },
      verdicts: chaosVerdicts({ ...found, report, faults, replicasCount }),
    };
  } finally {
    await replicas?.close();
    await balancer.close();
    await redis.stop();
  }
}

interface Scene {
  readonly stage: Stage;
  readonly balancer: Balancer;
  readonly redis: TestRedis;
  readonly replicas: Replicas;
  readonly phase: <T>(name: string, work: () => Promise<T>) => Promise<T>;
  readonly options: ChaosOptions;
}

async function bringAbout(scene: Scene): Promise<ChaosFound> {
  const { redis, replicas, phase, options } = scene;
  const pause = () => after(options.phaseSeconds * 1000);
  await phase(phases.calm, pause);
  const endings = await phase(phases.rolling, async () => {
    const found: string[] = [];
    for (let index = 0; index < replicas.count; index += 1)
      found.push(await replicas.restart(index));
    return found;
  });
  await phase(phases.killed, async () => {
    await killAtWork(scene);
    await pause();
  });
  await phase(phases.replaced, async () => {
    await replicas.replace(0);
    await pause();
  });
  const awayAt = performance.now();
  await phase(phases.redisAway, async () => {
    await redis.kill();
    await pause();
  });
  return phase(phases.redisBack, async () => {
    await redis.restart();
    const awaySeconds = (performance.now() - awayAt) / 1000;
    const sharing = await untilShared(replicas);
    await pause();
    return { endings, awaySeconds, sharing };
  });
}

/** Kills the first gateway while somebody waits for it, and for the upstream. */
async function killAtWork({ stage, balancer, replicas }: Scene): Promise<void> {
  const { origin } = replicas.at(0);
  stage.slowDown(slowMs);
  while (balancer.runningAt(origin) < runningMin) await after(1);
  await replicas.kill(0);
  stage.slowDown(0);
}

/** How many of them have used Redis again, once all have or it has taken too long. */
async function untilShared(replicas: Replicas): Promise<number> {
  const deadline = performance.now() + seconds.sharedAgainMax * 1000;
  // Who is short of time may rest from it for a second, now and then.
  const sharing = new Set<number>();
  for (;;) {
    for (let index = 0; index < replicas.count; index += 1) {
      if (!away.test(await replicas.at(index).metrics())) sharing.add(index);
    }
    if (sharing.size === replicas.count || performance.now() > deadline) return sharing.size;
    await after(250);
  }
}

/** One of the things that Redis is used for is done without it. */
const away = /^assay_redis_used\{.*\} 0$/m;
