import { DAY_MS, startOfDay } from '../../calendar.ts';
import type { SharedBooks } from './attribution.ts';
import { counted } from '../../redis/round-trips.ts';
import { createScript, runScript } from '../../redis/scripts.ts';
import type { BoundedRedis } from './bounded-redis.ts';
import type { DayBook, Entry } from './day-book.ts';
import { fieldsOf, lineOf, roomsOf } from './lines.ts';

/**
 * Adds a batch to the hashes of its days, once: a batch that was added and whose answer was lost comes
 * again under its number. KEYS: this process's last number, then the days. ARGV: number, ms to keep it,
 * the two rooms, ms to live per day, then per entry day, amount and the three fields it may go to.
 */
const addScript = createScript(`
local number = tonumber(ARGV[1])
if number <= tonumber(redis.call('get', KEYS[1]) or '0') then return 0 end
redis.call('set', KEYS[1], number, 'px', ARGV[2])
for i = 4 + #KEYS, #ARGV, 5 do
  local key, field = KEYS[1 + tonumber(ARGV[i])], ARGV[i + 4]
  local lines = redis.call('hlen', key)
  for place = 2, 1, -1 do
    local name = ARGV[i + 1 + place]
    if lines < tonumber(ARGV[2 + place]) or redis.call('hexists', key, name) == 1 then
      field = name
    end
  end
  redis.call('hincrby', key, field, ARGV[i + 1])
end
for day = 2, #KEYS do redis.call('pexpire', KEYS[day], ARGV[3 + day]) end
return 1`);

export interface RedisBooksOptions {
  readonly redis: BoundedRedis;
  readonly upstream: string;
  /** Names this process among all that share the books, and no other ever. */
  readonly process: string;
  readonly linesMax: number;
  readonly now: () => number;
  readonly book: DayBook;
}

const DAYS_MAX = 400;
/** Well below what Redis takes in one command, and few enough milliseconds of its time. */
const BATCH_MAX = 1_000;

/** The books of all processes in Redis: a hash per day. */
export function createRedisBooks(options: RedisBooksOptions): SharedBooks {
  const { redis, upstream, process, linesMax, now, book } = options;
  const prefix = `assay:spending:{${upstream}}`;
  /** On its way or lost on it: it goes again as it is before anything else goes. */
  let batch: Entry[] = [];
  let number = 0;
  let flushing: Promise<void> | undefined;

  const send = async () => {
    const days = [...new Set(batch.map(({ day }) => day))];
    const args = [
      ...[number, DAY_MS, ...roomsOf(linesMax)],
      ...days.map((day) => Math.max(1, Math.ceil(startOfDay(day) + DAYS_MAX * DAY_MS - now()))),
      ...batch.flatMap(({ day, field, amount }) => {
        return [1 + days.indexOf(day), amount, ...foldsOf(field)];
      }),
    ];
    const keys = [`${prefix}:flushed:${process}`, ...days.map((day) => `${prefix}:${day}`)];
    await redis.ask((client) => runScript(client, { script: addScript, keys, args }));
    batch = [];
  };

  const flushAll = async () => {
    try {
      while (batch.length > 0 || !book.isEmpty()) {
        if (batch.length === 0) {
          batch = book.takeOut(BATCH_MAX);
          number += 1;
        }
        await send();
      }
    } catch {
      // It is kept, and goes with the next flush.
    }
  };

  return {
    daysMax: DAYS_MAX,
    flush: () => (flushing ??= flushAll().finally(() => (flushing = undefined))),
    isBehind: () => batch.length > 0 || !book.isEmpty(),
    untold: () => batch.map(({ day, field, amount }) => [day, field, amount] as const),
    linesOn: async (day) => {
      const lines = await redis.ask((client) =>
        counted(client, 'spending', client.hgetall(`${prefix}:${day}`)),
      );
      return Object.entries(lines).map(([field, micro]) => [field, Number(micro)] as const);
    },
  };
}

/** A field may have been folded here already; there may be less room there. */
function foldsOf(field: string): readonly string[] {
  const line = lineOf(field);
  return line === undefined ? [field, field, field] : [...fieldsOf(line)];
}
