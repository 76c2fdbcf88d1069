import { dayOf } from '../../calendar.ts';
import { UpstreamError } from '../errors.ts';
import type { Account, Spender } from './account.ts';
import type { Attribution } from './attribution.ts';
import type { StepShares } from './brown-out.ts';
import type { Budget } from './budget.ts';
import type { Windows } from './windows.ts';

export interface AccountOptions {
  readonly upstream: string;
  readonly spender: Spender;
  readonly budget: Budget;
  /** The most credits one operation can reserve. */
  readonly reservationMax: number;
  readonly shares: StepShares;
  readonly attribution: Attribution;
  /** Credits reserved by all accounts. */
  readonly onReserved: (credits: number) => void;
  readonly now: () => number;
}

/** One operation's account; see `Account` for the promises. */
export function openAccount(options: AccountOptions): Account {
  const { upstream, spender, budget, reservationMax, shares, attribution, onReserved, now } =
    options;
  /** One entry per credit: the windows it was taken of. */
  const held: Windows[] = [];
  const drawn: { readonly windows: Windows; readonly day: string }[] = [];
  let admission: Promise<void> | undefined;
  let flights = 0;
  let isClosed = false;
  let isSettled = false;

  const take = async (credits: number, belowShare?: number): Promise<Windows> => {
    const taken = await budget.take(credits, belowShare);
    if (taken.isGranted) return taken.windows;
    const { retryAfterSeconds } = taken;
    throw new UpstreamError({
      upstream,
      endpoint: '',
      kind: 'budget-exhausted',
      retryAfterSeconds,
    });
  };

  const reserve = async () => {
    const estimate = spender.estimate();
    // A NaN would be refused nothing.
    if (!(estimate >= 0)) throw new RangeError(`an estimate of ${estimate} credits`);
    if (estimate === 0) return;
    const belowShare = spender.priority === 'low' ? shares.lowPriorityRefused : shares.allRefused;
    const credits = Math.max(1, Math.min(Math.ceil(estimate), reservationMax));
    const windows = await take(credits, belowShare);
    // Answered in the meantime: nobody is left to spend them.
    if (isSettled) return budget.giveBack(credits, windows);
    for (let credit = 0; credit < credits; credit += 1) held.push(windows);
    onReserved(credits);
  };

  const settle = () => {
    if (!isClosed || flights > 0 || isSettled) return;
    isSettled = true;
    const left = held.splice(0);
    for (const windows of left) budget.giveBack(1, windows);
    onReserved(-left.length);
  };

  return {
    admit: () => (admission ??= reserve()),
    draw: async () => {
      // What is being reserved is not taken a second time.
      await admission?.catch(() => {});
      const reserved = held.pop();
      if (reserved !== undefined) onReserved(-1);
      const windows = reserved === undefined ? await take(1) : budget.spendNow(reserved);
      const day = dayOf(now());
      drawn.push({ windows, day });
      attribution.draw(1, day);
    },
    giveBack: () => {
      const last = drawn.pop();
      if (last === undefined) return;
      attribution.draw(-1, last.day);
      if (isSettled) return budget.giveBack(1, last.windows);
      held.push(last.windows);
      onReserved(1);
    },
    bear: (endpoint, credits) => {
      const { caller } = spender;
      attribution.bear({ caller, operation: spender.operation(), endpoint }, credits);
    },
    depart: () => {
      flights += 1;
    },
    land: () => {
      flights = Math.max(0, flights - 1);
      settle();
    },
    close: () => {
      isClosed = true;
      settle();
    },
  };
}
