import { LRUCache } from 'lru-cache';
import type { Given } from '../../usage.ts';
import type { Entry } from './entry.ts';

/** An entry in memory, under the key it was asked for by. */
interface Slot<Key, Value> {
  readonly key: Key;
  readonly entry: Entry<Value>;
  /** Whether somebody asked for it since it was fetched. */
  isUsed: boolean;
  /** The second in which the cache was last told of that. */
  toldAt: number;
}

/** What one set keeps in memory. */
export interface MemoryShelf<Key, Value> {
  /** The entry, for somebody who asked for it. */
  get(id: string, nowMs: number): Entry<Value> | undefined;
  /** The entry, for who only has to know of it: it is not in use for that. */
  peek(id: string): Entry<Value> | undefined;
  set(id: string, key: Key, entry: Entry<Value>): void;
  /** Keys in use whose entries end soon, as `isDue` says; looks at a part of the shelf at a time. */
  due(isDue: (entry: Entry<Value>) => boolean, keysMax: number): Key[];
}

export type MemoryRows = ReturnType<typeof createMemoryRows>;

/** Entries looked at for each fetch, so that a long shelf costs no more than a short one. */
const lookedAtMax = 250;
/** The slot, its entry, and their places in the maps that find them, as measured. */
const slotBytes = 800;

/** The first level of the row cache: bounded by the bytes its entries are estimated to take. */
export function createMemoryRows({ bytesMax }: { readonly bytesMax: number }) {
  const forgetters = new Map<string, (id: string) => void>();
  const cache = new LRUCache<string, Slot<unknown, unknown>>({
    maxSize: Math.max(1, bytesMax),
    sizeCalculation: ({ key, entry }, id) =>
      slotBytes + 2 * id.length + sizeOf(key) + sizeOf(entry.value),
    dispose: ({ entry }, id, reason) => {
      if (entry.mark !== undefined) entry.mark.isCurrent = false;
      if (reason === 'evict' || reason === 'delete') forgetters.get(setNameOf(id))?.(id);
    },
  });

  return {
    /** The part of memory that belongs to one set; its name must not hold a space. */
    shelf<Key, Value>(
      name: string,
      counts: Given['counts'] = { hits: 0 },
    ): MemoryShelf<Key, Value> {
      const slots = new Map<string, Slot<Key, Value>>();
      const fullId = (id: string) => `${name} ${id}`;
      forgetters.set(name, (full) => slots.delete(full.slice(name.length + 1)));

      return {
        get(id, nowMs) {
          if (bytesMax === 0) return undefined;
          // The typed map holds the value; the cache is told that it was used, as often as matters.
          const slot = slots.get(id);
          if (slot === undefined) return undefined;
          const second = Math.floor(nowMs / 1000);
          if (slot.toldAt !== second) cache.get(fullId(id));
          slot.toldAt = second;
          slot.isUsed = true;
          return slot.entry;
        },
        peek: (id) => slots.get(id)?.entry,
        set(id, key, entry) {
          if (bytesMax === 0) return;
          const full = fullId(id);
          const slot: Slot<Key, Value> = { key, entry, isUsed: false, toldAt: -1 };
          slots.set(id, slot);
          cache.set(full, slot);
          const isKept = cache.has(full);
          const { fetchedAtMs, freshUntilMs } = entry;
          entry.mark = { isCurrent: isKept, fetchedAtMs, freshUntilMs, counts, givenTo: 0 };
          // Larger than all of memory: the cache did not take it.
          if (!isKept) slots.delete(id);
        },
        due(isDue, keysMax) {
          const keys: Key[] = [];
          let looks = Math.min(lookedAtMax, slots.size);
          for (const [id, slot] of slots) {
            if (looks === 0 || keys.length === keysMax) break;
            looks -= 1;
            if (slot.isUsed && isDue(slot.entry)) keys.push(slot.key);
            // To the back, for the next time. An iterator that is kept to go on from would keep
            // everything the map has ever forgotten.
            slots.delete(id);
            slots.set(id, slot);
          }
          return keys;
        },
      };
    },
    status: () => ({ entries: cache.size, bytes: cache.calculatedSize, bytesMax }),
  };
}

const setNameOf = (full: string) => full.slice(0, full.indexOf(' '));

/** Bytes a value takes in memory, about: V8's objects, arrays and one-byte strings. */
export function sizeOf(value: unknown): number {
  if (typeof value === 'string') return 16 + value.length;
  if (typeof value !== 'object' || value === null) return 8;
  let bytes = 32;
  for (const member of Object.values(value)) bytes += 8 + sizeOf(member);
  return bytes;
}
