import { setTimeout as after } from 'node:timers/promises';
import { createRandom } from '../support/random.ts';
import { badScenarios } from './bad-clients.ts';
import { createWeighted } from './choice.ts';
import { decentScenarios } from './decent-clients.ts';
import type { Job, Order, Report, Told } from './job.ts';
import { isWorthRetry } from './outcome.ts';
import type { Asked, Scenario } from './scenario.ts';
import { createSender } from './sending.ts';
import { createTally, quantile, type Tally } from './tally.ts';

/** A process of its own: it is told a job, sends requests, and tells its parent what came of them. */

/** A process that is killed does not close all its connections at once. */
const retryAfterMs = 200;

process.once('message', (job: Job) => {
  let isOver = false;
  const load = createLoad(job, () => isOver);
  process.on('message', (order: Order) => {
    if (order === 'end') {
      isOver = true;
      return;
    }
    load.begin(order.phase);
    tell({ kind: 'noted' });
  });
  tell({ kind: 'begun' });
  void load.run().then((report) => tell({ kind: 'report', report }, () => process.disconnect()));
});
const tell = (told: Told, done?: () => void) => process.send?.(told, undefined, undefined, done);
// Nobody would read what it finds.
process.once('disconnect', () => process.exit());

function createLoad(job: Job, isTold: () => boolean) {
  const { world, seed, pace, seconds, requestsMax, connections, retries, only } = job;
  const all = [...decentScenarios(world), ...badScenarios(world)];
  const scenarios = all.filter(({ name }) => only === undefined || only.includes(name));
  const random = createRandom(seed);
  const choose = createWeighted(scenarios);
  const { send, close } = createSender(job.origin, connections);
  const total = createTally('all');
  const phases: Tally[] = [];
  const byScenario = new Map(scenarios.map(({ name }) => [name, createTally(name)]));
  const lateness: number[] = [];
  const startAt = performance.now();
  const cpuAtStart = process.cpuUsage();
  let count = 0;

  const isOver = () =>
    isTold() || count >= requestsMax || performance.now() - startAt >= seconds * 1000;

  async function ask(dueAt: number): Promise<void> {
    // Each of them once, then by their weights: none is left out of a short run.
    const scenario = scenarios[count] ?? choose(random);
    count += 1;
    lateness.push(performance.now() - dueAt);
    await askInFull(scenario, scenario.ask(random), dueAt);
  }

  async function askInFull(scenario: Scenario, asked: Asked, dueAt: number): Promise<void> {
    const tallies = () =>
      [total, phases.at(-1), byScenario.get(scenario.name)].filter((tally) => !!tally);
    let outcome = await send(asked);
    for (let retry = 0; retry < retries && isWorthRetry(outcome); retry += 1) {
      for (const tally of tallies()) tally.countRetry(outcome);
      await after(retryAfterMs);
      outcome = await send(asked);
    }
    const isFault = !scenario.outcomes.includes(outcome);
    for (const tally of tallies()) tally.count(outcome, performance.now() - dueAt, isFault);
    if (asked.next?.outcome !== outcome) return;
    await askInFull(scenario, asked.next.asked, performance.now());
  }

  /** Sends each request when it is due, and counts its time from then: who is slow is not asked less. */
  async function openly(perSecond: number): Promise<void> {
    const sent = new Set<Promise<void>>();
    while (!isOver()) {
      const dueAt = startAt + (count * 1000) / perSecond;
      const waitMs = dueAt - performance.now();
      if (waitMs > 0) await after(waitMs);
      else {
        const one = ask(dueAt).finally(() => sent.delete(one));
        sent.add(one);
      }
    }
    await Promise.all(sent);
  }

  async function closedly(): Promise<void> {
    const one = async () => {
      while (!isOver()) await ask(performance.now());
    };
    await Promise.all(Array.from({ length: connections }, one));
  }

  return {
    begin: (phase: string) => void phases.push(createTally(phase)),
    async run(): Promise<Report> {
      await (pace === 'closed' ? closedly() : openly(pace.perSecond));
      const { user, system } = process.cpuUsage(cpuAtStart);
      const report = {
        total: total.figures(),
        scenarios: Array.from(byScenario.values(), (tally) => tally.figures()),
        phases: phases.map((tally) => tally.figures()),
        lateP99Ms: quantile(Float64Array.from(lateness).sort(), 0.99),
        busy: (user + system) / 1000 / (performance.now() - startAt),
      };
      await close();
      return report;
    },
  };
}
