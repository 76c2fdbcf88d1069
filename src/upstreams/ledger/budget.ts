import {
  type Demand,
  KEEP_MS,
  type Limits,
  type SharedBudget,
  type Tally,
  type Verdict,
  verdictOn,
} from './demand.ts';
import { endOf, type WindowName, windowNames, type Windows, windowsAt } from './windows.ts';

export type Taken =
  | { readonly isGranted: true; readonly windows: Windows }
  | { readonly isGranted: false; readonly retryAfterSeconds: number };

export type Budget = ReturnType<typeof createBudget>;

interface Waiting {
  readonly demand: Demand;
  readonly resolve: (taken: Taken) => void;
}

export interface BudgetOptions {
  readonly limits: Limits;
  readonly shared: SharedBudget | undefined;
  readonly now: () => number;
}

/**
 * Credits per minute and month. Each process knows how many it has taken itself, and that number is
 * the truth: the shared counter is told it with every question. Whatever was lost on the way, be it
 * an answer or the whole counter, is made good by the next one; and while nobody answers, the process
 * counts on from the last word.
 */
export function createBudget({ limits, shared, now }: BudgetOptions) {
  const tallies = new Map<string, Tally>();
  let waiting: Waiting[] = [];
  let isAsking = false;

  const tallyOf = (name: WindowName, id: string): Tally => {
    const key = `${name}:${id}`;
    const known = tallies.get(key);
    if (known !== undefined) return known;
    const time = now();
    for (const [old, { endsAt }] of tallies) if (endsAt + KEEP_MS <= time) tallies.delete(old);
    const tally = { name, id, endsAt: endOf(name, id), mine: 0, agreed: { mine: 0, used: 0 } };
    tallies.set(key, tally);
    return tally;
  };

  const talliesOf = (windows: Windows) => windowNames.map((name) => tallyOf(name, windows[name]));

  /** Without making a window of it: one that is forgotten has nothing to get back. */
  const add = (credits: number, windows: Windows) => {
    for (const name of windowNames) {
      const tally = tallies.get(`${name}:${windows[name]}`);
      if (tally !== undefined) tally.mine = Math.max(0, tally.mine + credits);
    }
  };

  const behind = () => [...tallies.values()].filter(({ mine, agreed }) => mine !== agreed.mine);

  const takenOf = (verdict: Verdict, windows: Windows): Taken => {
    if (verdict === 'granted') return { isGranted: true, windows };
    const ms = endOf(verdict, windows[verdict]) - now();
    return { isGranted: false, retryAfterSeconds: Math.max(1, Math.ceil(ms / 1000)) };
  };

  const takeHere = (demand: Demand): Taken => {
    const windows = windowsAt(now());
    const used = talliesOf(windows).map(usedOf);
    const verdict = verdictOn(demand, used, limits);
    if (verdict === 'granted') add(demand.credits, windows);
    return takenOf(verdict, windows);
  };

  /** One question at a time: what is asked while it is on its way goes along with the next. */
  const ask = async (counters: SharedBudget): Promise<boolean> => {
    const batch = waiting;
    waiting = [];
    const windows = windowsAt(now());
    const current = talliesOf(windows);
    const told = [...current, ...behind().filter((tally) => !current.includes(tally))];
    const mineThen = told.map(({ mine }) => mine);
    const demands = batch.map(({ demand }) => demand);
    try {
      const { used, verdicts } = await counters.agree(told, demands);
      const credits = demands.reduce(
        (sum, demand, index) => sum + (verdicts[index] === 'granted' ? demand.credits : 0),
        0,
      );
      told.forEach((tally, index) => {
        const granted = current.includes(tally) ? credits : 0;
        tally.agreed = { mine: (mineThen[index] ?? 0) + granted, used: used[index] ?? 0 };
        tally.mine += granted;
      });
      batch.forEach(({ resolve }, index) => {
        resolve(takenOf(verdicts[index] ?? 'minute', windows));
      });
      return true;
    } catch {
      for (const { demand, resolve } of batch) resolve(takeHere(demand));
      return false;
    }
  };

  const askAll = async () => {
    if (isAsking || shared === undefined) return;
    isAsking = true;
    // What is done in one go is told in one go.
    await Promise.resolve();
    let isAnswered: boolean;
    do isAnswered = await ask(shared);
    while (waiting.length > 0 || (isAnswered && behind().length > 0));
    isAsking = false;
  };

  const take = (credits: number, belowShare?: number): Promise<Taken> => {
    const demand = { credits, belowShare };
    if (shared === undefined) return Promise.resolve(takeHere(demand));
    return new Promise((resolve) => {
      waiting.push({ demand, resolve });
      void askAll();
    });
  };

  return {
    /** Takes credits of both windows or of none. Never rejects. */
    take,
    /** Returns credits to the windows they were taken from. */
    giveBack: (credits: number, windows: Windows) => {
      add(-credits, windows);
      void askAll();
    },
    /**
     * One credit, taken of these windows, is spent now: the upstream counts it in the window in which
     * the request arrives, so ours does too, even beyond the limit.
     */
    spendNow: (windows: Windows): Windows => {
      const current = windowsAt(now());
      if (current.minute === windows.minute) return windows;
      talliesOf(current);
      add(-1, windows);
      add(1, current);
      void askAll();
      return current;
    },
    used: (name: WindowName): number => usedOf(tallyOf(name, windowsAt(now())[name])),
    /** Brings the counters up to date. Never rejects. */
    refresh: async (): Promise<void> => {
      if (shared !== undefined) await take(0);
    },
    /** Whether the shared counters do not know yet what this process has taken. */
    isBehind: () => shared !== undefined && behind().length > 0,
  };
}

function usedOf({ mine, agreed }: Tally): number {
  return Math.max(0, agreed.used + mine - agreed.mine);
}
