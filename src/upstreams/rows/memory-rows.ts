import type { Given } from '../../usage.ts';
import type { Entry } from './entry.ts';

/** Where the slots of a shelf are found, by id and in turn. */
interface Places<Key, Value> {
  readonly byId: Map<string, Slot<Key, Value>>;
  readonly list: Slot<Key, Value>[];
}

/** A slot as far as all slots are alike. */
type AnySlot = Pick<Slot<unknown, unknown>, 'bytes' | 'isRecent' | 'place' | 'leave'>;

/** An entry in memory, under the key it was asked for by. */
class Slot<Key, Value> {
  readonly id: string;
  readonly key: Key;
  readonly entry: Entry<Value>;
  readonly bytes: number;
  /** Whether somebody asked for it since it was fetched. */
  isUsed = false;
  /** Whether somebody asked for it since it was last looked at as one to forget. */
  isRecent = false;
  /** Its place among all slots. */
  place = -1;
  readonly #shelf: Places<Key, Value>;
  #placeOnShelf: number;

  constructor(id: string, key: Key, entry: Entry<Value>, shelf: Places<Key, Value>) {
    this.id = id;
    this.key = key;
    this.entry = entry;
    this.bytes = slotBytes + 2 * id.length + sizeOf(key) + sizeOf(entry.value);
    this.#shelf = shelf;
    this.#placeOnShelf = shelf.list.length;
  }

  enter(): void {
    this.#shelf.list.push(this);
    this.#shelf.byId.set(this.id, this);
  }

  /** The last slot of the shelf takes its place. */
  leave(): void {
    const { byId, list } = this.#shelf;
    byId.delete(this.id);
    const last = list.pop();
    if (last !== undefined && last !== this) {
      last.#placeOnShelf = this.#placeOnShelf;
      list[this.#placeOnShelf] = last;
    }
    if (this.entry.mark !== undefined) this.entry.mark.isCurrent = false;
  }
}

/** What one set keeps in memory. */
export interface MemoryShelf<Key, Value> {
  /** The entry, for somebody who asked for it. */
  get(id: string): Entry<Value> | undefined;
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

/**
 * The first level of the row cache: bounded by the bytes its entries are estimated to take. Who looks an
 * entry up only leaves a mark; to forget one, slots are gone through in turn, and the first that nobody
 * has asked for since the last turn is forgotten (the CLOCK algorithm).
 */
export function createMemoryRows({ bytesMax }: { readonly bytesMax: number }) {
  const all: AnySlot[] = [];
  let hand = 0;
  let bytes = 0;

  /** The last of all slots takes its place. */
  function forget(slot: AnySlot): void {
    slot.leave();
    bytes -= slot.bytes;
    const last = all.pop();
    if (last !== undefined && last !== slot) {
      last.place = slot.place;
      all[slot.place] = last;
    }
  }

  function makeRoom(): void {
    while (bytes > bytesMax) {
      if (hand >= all.length) hand = 0;
      const slot = all[hand];
      if (slot === undefined) return;
      if (slot.isRecent) slot.isRecent = false;
      else forget(slot);
      // Past the slot that took its place, too: that is the newest.
      hand += 1;
    }
  }

  return {
    /** The part of memory that belongs to one set, whose values from memory are counted here. */
    shelf<Key, Value>(counts: Given['counts'] = { hits: 0 }): MemoryShelf<Key, Value> {
      const places: Places<Key, Value> = { byId: new Map(), list: [] };
      const { byId, list } = places;
      let next = 0;

      return {
        get(id) {
          const slot = byId.get(id);
          if (slot === undefined) return undefined;
          slot.isRecent = true;
          slot.isUsed = true;
          return slot.entry;
        },
        peek: (id) => byId.get(id)?.entry,
        set(id, key, entry) {
          if (bytesMax === 0) return;
          const before = byId.get(id);
          if (before !== undefined) forget(before);
          const slot = new Slot(id, key, entry, places);
          const { fetchedAtMs, freshUntilMs } = entry;
          const isKept = slot.bytes <= bytesMax;
          entry.mark = { isCurrent: isKept, fetchedAtMs, freshUntilMs, counts, givenTo: 0 };
          if (!isKept) return;
          slot.isRecent = before?.isRecent === true;
          slot.place = all.length;
          all.push(slot);
          slot.enter();
          bytes += slot.bytes;
          makeRoom();
        },
        due(isDue, keysMax) {
          const keys: Key[] = [];
          for (let looks = Math.min(lookedAtMax, list.length); looks > 0; looks -= 1) {
            if (keys.length === keysMax) break;
            if (next >= list.length) next = 0;
            const slot = list[next];
            next += 1;
            if (slot?.isUsed === true && isDue(slot.entry)) keys.push(slot.key);
          }
          return keys;
        },
      };
    },
    /** Forgets all there is. */
    clear(): void {
      for (const slot of [...all]) forget(slot);
    },
    status: () => ({ entries: all.length, bytes, bytesMax }),
  };
}

/** Bytes a value takes in memory, about: V8's objects, arrays and one-byte strings. */
export function sizeOf(value: unknown): number {
  if (typeof value === 'string') return 16 + value.length;
  if (typeof value !== 'object' || value === null) return 8;
  let bytes = 32;
  for (const member of Object.values(value)) bytes += 8 + sizeOf(member);
  return bytes;
}
