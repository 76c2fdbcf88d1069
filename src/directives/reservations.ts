import type { PlannedUses, RateLimit } from './rate-counters.ts';
import type { TakeUses } from './tick.ts';

type Reserved = {
  readonly rate: RateLimit;
  readonly key: string;
  /** When the window ends that was taken from. */
  readonly endsAt: number;
  left: number;
};

export type ReservationsOptions<TContext> = {
  readonly take: TakeUses;
  readonly keyOf: (context: TContext, coordinate: string) => string;
};

/** Uses that were taken for an operation as a whole, by its context. */
export function createReservations<TContext extends object>({
  take,
  keyOf,
}: ReservationsOptions<TContext>) {
  const byContext = new WeakMap<TContext, Map<string, Reserved>>();

  const giveBack = ({ rate, key, endsAt, left }: Reserved) => {
    // Another window owes nothing to this one.
    if (left > 0 && performance.now() < endsAt) void ignoring(take(rate, key, -left));
  };

  return {
    reserve: async (context: TContext, planned: ReadonlyMap<string, PlannedUses>) => {
      const reserved = new Map<string, Reserved>();
      byContext.set(context, reserved);
      const reserveOne = async (coordinate: string, { limit, duration, count }: PlannedUses) => {
        if (count > limit) return;
        const rate = { limit, durationSeconds: duration };
        const key = keyOf(context, coordinate);
        const { granted, msToReset } = await take(rate, key, count);
        const one = { rate, key, endsAt: performance.now() + msToReset, left: granted };
        // Who plans more than there is may need less: the fields find out, one by one.
        if (granted < count) giveBack(one);
        else reserved.set(coordinate, one);
      };
      await Promise.all(
        [...planned].map(([coordinate, uses]) => ignoring(reserveOne(coordinate, uses))),
      );
    },
    /** Whether one more use was reserved; then it is used now. */
    use: (context: TContext, coordinate: string): boolean => {
      const one = byContext.get(context)?.get(coordinate);
      if (one === undefined || one.left === 0) return false;
      one.left -= 1;
      return true;
    },
    release: (context: TContext): void => {
      for (const one of byContext.get(context)?.values() ?? []) giveBack(one);
      byContext.delete(context);
    },
  };
}

/** Counters that fail are asked again by the fields themselves, which tell. */
async function ignoring(work: unknown): Promise<void> {
  try {
    await work;
  } catch {
    // Said above.
  }
}
