/** What Redis is asked for. */
export type RedisUse =
  'quotas' | 'rate-limits' | 'rows' | 'budget' | 'spending' | 'documents' | 'keys';

export interface RoundTripCounts {
  readonly commands: {
    /** Redis said what came of them. */
    answered: number;
    /** Redis said that it does not carry them out. */
    refused: number;
    /** There was no connection, or no answer on it in time. */
    lost: number;
  };
  /** How many round trips took so long, by the bounds; the last are beyond all of them. */
  readonly buckets: Float64Array;
  seconds: number;
}

/** By what is between the first two colons of a key. */
const usesByKind: ReadonlyMap<string, RedisUse> = new Map<string, RedisUse>([
  ['quota', 'quotas'],
  ['rate', 'rate-limits'],
  ['rows', 'rows'],
  ['claims', 'rows'],
  ['budget', 'budget'],
  ['spending', 'spending'],
]);
const kindStart = 'assay:'.length;

export function useOf(key: string): RedisUse | undefined {
  return usesByKind.get(key.slice(kindStart, key.indexOf(':', kindStart)));
}

export const roundTripBoundsMs: readonly number[] = [0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 1000];

export type RoundTrips = ReturnType<typeof createRoundTrips>;

/** Counts what Redis is asked, whichever connection it is asked on. */
export function createRoundTrips() {
  const counts: Readonly<Record<RedisUse, RoundTripCounts>> = {
    ...{ quotas: nothing(), 'rate-limits': nothing(), rows: nothing(), budget: nothing() },
    ...{ spending: nothing(), documents: nothing(), keys: nothing() },
  };
  return {
    /** What came of commands that went out together, or the error of each. */
    count: (use: RedisUse, replies: readonly unknown[], ms: number): void => {
      const { commands, buckets } = counts[use];
      let lost = 0;
      for (const reply of replies) {
        if (!(reply instanceof Error) || isScriptMissing(reply)) commands.answered += 1;
        else if (reply.name === 'ReplyError') commands.refused += 1;
        else lost += 1;
      }
      commands.lost += lost;
      // How long nothing was waited for says nothing of Redis.
      if (lost === replies.length) return;
      const at = bucketOf(ms);
      buckets[at] = (buckets[at] ?? 0) + 1;
      counts[use].seconds += ms / 1000;
    },
    read: () => counts,
  };
}

/** Whoever is told so sends the text, and is answered. */
export function isScriptMissing(reply: unknown): boolean {
  return reply instanceof Error && reply.message.startsWith('NOSCRIPT');
}

/** Most round trips are in the first. */
function bucketOf(ms: number): number {
  let at = 0;
  while (ms > (roundTripBoundsMs[at] ?? Infinity)) at += 1;
  return at;
}

function nothing(): RoundTripCounts {
  return {
    commands: { answered: 0, refused: 0, lost: 0 },
    buckets: new Float64Array(roundTripBoundsMs.length + 1),
    seconds: 0,
  };
}

/** Who may count. */
export interface CountingRedis {
  readonly roundTrips?: RoundTrips | undefined;
}

/** Counts a command that goes out alone. */
export async function counted<Reply>(
  { roundTrips }: CountingRedis,
  use: RedisUse | undefined,
  command: Promise<Reply>,
): Promise<Reply> {
  if (roundTrips === undefined || use === undefined) return command;
  const sentAt = performance.now();
  try {
    const reply = await command;
    roundTrips.count(use, [reply], performance.now() - sentAt);
    return reply;
  } catch (error) {
    roundTrips.count(use, [error], performance.now() - sentAt);
    throw error;
  }
}
