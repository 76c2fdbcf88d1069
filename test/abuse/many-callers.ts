import { setTimeout as delay } from 'node:timers/promises';
import { createKey } from '../../src/callers/keys/key.ts';
import { storeOf, type KeySource } from '../../src/callers/keys/keyring.ts';
import { createRandom, type Random } from '../support/random.ts';
import type { Client, Exchange, Operation } from './many-callers-client.ts';
import { type PlanLimits, slackMs } from './many-callers-oracle.ts';

/** Buckets small enough to be empty within seconds, and large enough that bursts fit. */
export const plans = {
  'few-requests': { requestsPerMinute: 12 },
  'many-requests': { requestsPerMinute: 60 },
  'few-points': { pointsPerMinute: 40 },
  'many-points': { pointsPerMinute: 240 },
  'few-credits': { creditsPerMonth: 20 },
  'many-credits': { creditsPerMonth: 50 },
  'three-limits': { requestsPerMinute: 60, pointsPerMinute: 200, creditsPerMonth: 40 },
  unlimited: {},
} as const satisfies Readonly<Record<string, PlanLimits>>;

/**
 * `frugal`: never more than there is for sure, and all of it at once. `hammering`: on and on.
 * `bursting`: much at once, then a pause. `obedient`: waits for as long as it is told.
 */
const manners = ['frugal', 'hammering', 'bursting', 'obedient', 'hammering'] as const;

/** Whoever asks for too much goes on until refused so often, on slow machines as well… */
export const refusalsOf = { frugal: 0, hammering: 15, bursting: 15, obedient: 1 } as const;
/** …and gives up after so many requests, which are more than any plan admits. */
const requestsMax = 1000;

export interface Caller {
  readonly key: string;
  readonly plan: string;
  readonly limits: PlanLimits;
  readonly manner: (typeof manners)[number];
  readonly random: Random;
  readonly exchanges: Exchange[];
  /** What came of the waits that refusals asked for: whether the next request passed. */
  readonly waits: boolean[];
}

/** Gives out so many keys, over all plans and manners. */
export async function giveOutKeys(source: KeySource, count: number): Promise<Caller[]> {
  const names = Object.entries<PlanLimits>(plans);
  const createdAt = new Date().toISOString();
  return storeOf(source).change(() => {
    const made = Array.from({ length: count }, (_, index) => {
      const [plan = '', limits = {}] = names[index % names.length] ?? [];
      const { key, prefix, hash } = createKey();
      const manner = manners[Math.floor(index / names.length) % manners.length] ?? 'frugal';
      const caller: Caller = {
        ...{ key, plan, limits, manner },
        ...{ random: createRandom(index), exchanges: [], waits: [] },
      };
      return { caller, stored: { prefix, hash, name: `Caller ${index}`, plan, createdAt } };
    });
    return {
      put: made.map(({ stored }) => stored),
      result: made.map(({ caller }) => caller),
    };
  });
}

/** One point and no credits. */
const cheapest: Operation = { query: '{ viewer { plan { name } } }', points: 1, credits: 0 };

/** A credit that is given back once the list is known. */
const listOf = (first: number): Operation => ({
  query: 'query Names($first: Int!) { topTokens(first: $first) { nodes { name } } }',
  variables: { first },
  points: first + 1,
  credits: 1,
});

let strangers = 0;
/** Two credits of which one or two are spent: nobody has asked for this token before. */
const newToken = (): Operation => ({
  query: 'query Price($id: Int!) { token(by: { tokenMetricsId: $id }) { price { usd } } }',
  variables: { id: 10_000_000 + (strangers += 1) },
  points: 2,
  credits: 2,
});

const anyOperation = ({ random }: Caller): Operation =>
  random.pick([() => cheapest, () => listOf(random.integer(1, 10)), newToken, newToken])();

export interface Load {
  readonly client: Client;
  readonly callers: readonly Caller[];
  readonly durationMs: number;
}

/** All callers at once; ends by itself. */
export async function run({ client, callers, durationMs }: Load): Promise<void> {
  const endMs = performance.now() + durationMs;
  await Promise.all(
    callers.map(async (caller) => {
      const { limits, exchanges, manner } = caller;
      let refusals = 0;
      const isLimited = Object.keys(limits).length > 0;
      const isOn = () => {
        if (client.faults.length > 20) return false;
        if (performance.now() < endMs) return true;
        return isLimited && refusals < refusalsOf[manner] && exchanges.length < requestsMax;
      };
      const ask = async (operation: Operation) => {
        const exchange = await client.ask(caller.key, operation);
        if (exchange === undefined) return undefined;
        exchanges.push(exchange);
        if (exchange.refusal !== undefined) refusals += 1;
        return exchange;
      };
      if (manner === 'frugal') await askFrugally(caller, ask, endMs);
      else await ways[manner]({ caller, ask, isOn });
    }),
  );
}

interface Way {
  readonly caller: Caller;
  readonly ask: (operation: Operation) => Promise<Exchange | undefined>;
  readonly isOn: () => boolean;
}

const ways = {
  hammering: async ({ caller, ask, isOn }: Way) => {
    const lane = async () => {
      while (isOn()) {
        await ask(anyOperation(caller));
        await delay(caller.random.integer(20, 80));
      }
    };
    await Promise.all([lane(), lane()]);
  },
  bursting: async ({ caller, ask, isOn }: Way) => {
    const { random } = caller;
    while (isOn()) {
      const burst = Array.from({ length: random.integer(5, 20) }, () => ask(anyOperation(caller)));
      await Promise.all(burst);
      await delay(random.integer(300, 900));
    }
  },
  obedient: async ({ caller, ask, isOn }: Way) => {
    while (isOn()) {
      const operation = anyOperation(caller);
      const refusal = (await ask(operation))?.refusal;
      if (refusal !== undefined && refusal.retryAfterSeconds <= 6) {
        await delay(refusal.retryAfterSeconds * 1000);
        const again = await ask(operation);
        if (again !== undefined) caller.waits.push(again.refusal === undefined);
      }
      await delay(caller.random.integer(5, 20));
    }
  },
} as const;

/** The whole bucket at once, then again and again as soon as a twentieth of it is back for sure. */
async function askFrugally(
  { limits, random }: Caller,
  ask: Way['ask'],
  endMs: number,
): Promise<void> {
  const { requestsPerMinute = Infinity, pointsPerMinute = Infinity } = limits;
  const { creditsPerMonth = Infinity } = limits;
  let [requests, points, credits, atMs] = [0, 0, 0, performance.now()];
  const waitMs = (missing: number, cost: number, limit: number) =>
    limit === Infinity ? 0 : ((missing + cost - limit) / limit) * 60_000;
  for (let round = 0; ; round += 1) {
    const wish = random.pick([cheapest, listOf(random.integer(1, 9)), newToken()]);
    const operation = credits + wish.credits > creditsPerMonth ? cheapest : wish;
    const whole = Math.min(requestsPerMinute, Math.floor(pointsPerMinute / operation.points), 60);
    const wanted = round === 0 ? whole : Math.max(1, Math.floor(whole / 20));
    const creditsLeft = creditsPerMonth - credits;
    const times =
      operation.credits === 0
        ? wanted
        : Math.min(wanted, Math.floor(creditsLeft / operation.credits));
    const readyMs = Math.max(
      waitMs(requests, times, requestsPerMinute),
      waitMs(points, times * operation.points, pointsPerMinute),
    );
    const pauseMs = round === 0 ? 0 : Math.max(200, readyMs + slackMs);
    if (atMs + pauseMs >= endMs) return;
    await delay(atMs + pauseMs - performance.now());
    const elapsed = (performance.now() - atMs) / 60_000;
    await Promise.all(Array.from({ length: times }, () => ask(operation)));
    // As if all was taken at the last answer: not before that does it come back.
    requests = Math.max(0, requests - requestsPerMinute * elapsed) + times;
    points = Math.max(0, points - pointsPerMinute * elapsed) + times * operation.points;
    credits += times * operation.credits;
    atMs = performance.now();
  }
}
