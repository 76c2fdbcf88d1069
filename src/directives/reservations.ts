import type { PlannedUses, RateLimit } from './rate-counters.ts';
import type { TakeUses, Uses } from './tick.ts';

type Reserved = {
  readonly rate: RateLimit;
  readonly key: string;
  /** When the window ends that was taken from. */
  readonly endsAt: number;
  left: number;
};

/** Uses that were taken for an operation as a whole, by the field's coordinate. */
export type ReservedUses = ReadonlyMap<string, Reserved>;

/** A context that reservations can be kept in, and that knows how many of them were used. */
export type Reserving = { reserved?: ReservedUses | undefined; limitedUses?: number };

export type ReservationsOptions<TContext> = {
  readonly take: TakeUses;
  readonly keyOf: (context: TContext, coordinate: string) => string;
};

/** Takes what an operation may use as a whole, so that its fields need not ask. */
export function createReservations<TContext extends Reserving>({
  take,
  keyOf,
}: ReservationsOptions<TContext>) {
  const giveBack = ({ rate, key, endsAt, left }: Reserved) => {
    // Another window owes nothing to this one.
    if (left > 0 && performance.now() < endsAt) void settled(take(rate, key, -left));
  };

  return {
    /** A promise only where counting takes one. Never rejects: fields ask again, and tell. */
    reserve: (
      context: TContext,
      planned: ReadonlyMap<string, PlannedUses>,
    ): Promise<void> | undefined => {
      const reserved = new Map<string, Reserved>();
      context.reserved = reserved;
      const waits: Promise<void>[] = [];
      for (const [coordinate, { limit, duration, count }] of planned) {
        if (count > limit) continue;
        const rate = { limit, durationSeconds: duration };
        const key = keyOf(context, coordinate);
        const keep = ({ granted, msToReset }: Uses) => {
          const one = { rate, key, endsAt: performance.now() + msToReset, left: granted };
          // Who plans more than there is may need less: the fields find out, one by one.
          if (granted < count) giveBack(one);
          else reserved.set(coordinate, one);
        };
        const taken = take(rate, key, count);
        if (taken instanceof Promise) waits.push(settled(taken.then(keep)));
        else keep(taken);
      }
      return waits.length === 0 ? undefined : Promise.all(waits).then(() => {});
    },
    /** Whether one more use was reserved; then it is used now. */
    use: (context: TContext, coordinate: string): boolean => {
      context.limitedUses = (context.limitedUses ?? 0) + 1;
      const one = context.reserved?.get(coordinate);
      if (one === undefined || one.left === 0) return false;
      one.left -= 1;
      return true;
    },
    release: (context: TContext): void => {
      if (context.reserved === undefined) return;
      context.reserved.forEach(giveBack);
      context.reserved = undefined;
    },
  };
}

async function settled(work: unknown): Promise<void> {
  try {
    await work;
  } catch {
    // Counters that fail are asked again by the fields themselves, which tell.
  }
}
