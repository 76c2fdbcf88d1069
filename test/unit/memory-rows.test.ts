import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { createMemoryRows, sizeOf } from '../../src/upstreams/rows/memory-rows.ts';
import type { Entry } from '../../src/upstreams/rows/entry.ts';

const entry = (value: unknown = { tokenId: 1, currentPrice: 2.5 }): Entry => ({
  ...{ value, fetchedAtMs: 0, freshUntilMs: 1, keptUntilMs: 2 },
});

describe('memory', () => {
  test('stays within its bytes over 100,000 distinct keys, and says how much it holds', () => {
    const bytesMax = 2_000_000;
    const memory = createMemoryRows({ bytesMax });
    const shelf = memory.shelf<number, unknown>();
    for (let id = 0; id < 100_000; id += 1) {
      shelf.set(String(id), id, entry());
      expect(memory.status().bytes).toBeLessThanOrEqual(bytesMax);
    }
    const { entries, bytes } = memory.status();
    expect(bytes).toBeGreaterThan(0.99 * bytesMax);
    expect(entries).toBeLessThan(bytesMax / 400);
    const kept = Array.from({ length: 100_000 }, (_, id) => shelf.peek(String(id)));
    expect(kept.filter((known) => known !== undefined)).toHaveLength(entries);
    expect(shelf.peek('99999')).toBeDefined();
  });

  test('really lets go of what it forgets', () => {
    setFlagsFromString('--expose-gc');
    const collect: () => void = runInNewContext('gc');
    const memory = createMemoryRows({ bytesMax: 1_000_000 });
    const shelves = [0, 1].map(() => memory.shelf<number, unknown>());
    shelves[1]?.due(() => true, 10);
    const heapBytes = () => {
      collect();
      return process.memoryUsage().heapUsed;
    };
    const before = heapBytes();
    for (let id = 0; id < 200_000; id += 1) shelves[id % 2]?.set(`id ${id}`, id, entry());
    expect(heapBytes() - before).toBeLessThan(10_000_000);
    expect(memory.status().entries).toBeGreaterThan(1000);
  });

  test('forgets what was not used for the longest time, whichever set it is of', () => {
    const memory = createMemoryRows({ bytesMax: 3 * 1100 });
    const a = memory.shelf<string, unknown>();
    const b = memory.shelf<string, unknown>();
    const big = entry('x'.repeat(150));
    a.set('1', '1', big);
    b.set('1', '1', big);
    a.set('2', '2', big);
    expect(a.get('1')).toBeDefined();
    b.peek('1');
    b.set('2', '2', big);
    expect([a.peek('1'), b.peek('1'), a.peek('2'), b.peek('2')]).toEqual([
      ...[big, undefined, big, big],
    ]);
    expect(memory.status().entries).toBe(3);
  });

  test('old ones that nobody asks for make room for new ones, and those in use stay', () => {
    const memory = createMemoryRows({ bytesMax: 100 * 1000 });
    const shelf = memory.shelf<number, unknown>();
    const inUse = ['0', '50', '99'];
    for (let id = 0; id < 1000; id += 1) {
      shelf.set(String(id), id, entry());
      for (const one of inUse) if (Number(one) <= id) expect(shelf.get(one)).toBeDefined();
    }
    const { entries } = memory.status();
    const kept = Array.from({ length: 1000 }, (_, id) => id).filter((id) => shelf.peek(String(id)));
    expect(kept.filter((id) => id < 1000 - 2 * entries).map(String)).toEqual(inUse);
  });

  test('a newer entry takes the place of an older one', () => {
    const memory = createMemoryRows({ bytesMax: 1000 });
    const shelf = memory.shelf<number, unknown>();
    for (let value = 0; value < 10; value += 1) shelf.set('1', 1, entry(value));
    expect(shelf.get('1')).toMatchObject({ ...entry(9), mark: { isCurrent: true } });
    expect(memory.status()).toMatchObject({ entries: 1, bytesMax: 1000 });
  });

  test('what is larger than all of it is not kept, nor what it replaces', () => {
    const memory = createMemoryRows({ bytesMax: 1000 });
    const shelf = memory.shelf<number, unknown>();
    shelf.set('1', 1, entry());
    shelf.set('1', 1, entry('x'.repeat(1000)));
    expect(shelf.get('1')).toBeUndefined();
    expect(shelf.due(() => true, 1)).toEqual([]);
    expect(memory.status()).toEqual({ entries: 0, bytes: 0, bytesMax: 1000 });
  });

  test('of no bytes keeps nothing', () => {
    const memory = createMemoryRows({ bytesMax: 0 });
    const shelf = memory.shelf<number, unknown>();
    shelf.set('1', 1, entry());
    expect([shelf.get('1'), shelf.peek('1'), shelf.due(() => true, 1)]).toEqual([
      ...[undefined, undefined, []],
    ]);
    expect(memory.status()).toEqual({ entries: 0, bytes: 0, bytesMax: 0 });
  });

  test('counts the key, its name and the value', () => {
    const memory = createMemoryRows({ bytesMax: 10_000 });
    const bytesOf = (id: string, key: unknown, value: unknown) => {
      const before = memory.status().bytes;
      memory.shelf<unknown, unknown>().set(id, key, entry(value));
      return memory.status().bytes - before;
    };
    const bytes = bytesOf('a', 1, null);
    expect(bytesOf('b', 'a long key', null) - bytes).toBe(sizeOf('a long key') - sizeOf(1));
    expect(bytesOf('c', 1, 'a value') - bytes).toBe(sizeOf('a value') - sizeOf(null));
    expect(bytesOf('dd', 1, null) - bytes).toBe(2);
  });

  test('sets do not see each other’s keys', () => {
    const memory = createMemoryRows({ bytesMax: 10_000 });
    memory.shelf<number, unknown>().set('b 1', 1, entry());
    expect(memory.shelf<number, unknown>().peek('1')).toBeUndefined();
  });
});

describe('what is due', () => {
  const ids = (count: number) => Array.from({ length: count }, (_, id) => id);
  function shelfOf(count: number) {
    const shelf = createMemoryRows({ bytesMax: 10_000_000 }).shelf<number, unknown>();
    for (const id of ids(count)) shelf.set(String(id), id, entry(id));
    return shelf;
  }

  test('is what was asked for since it was fetched, and nothing that was only looked at', () => {
    const shelf = shelfOf(4);
    for (const id of ['1', '2', '3']) shelf.get(id);
    shelf.peek('0');
    shelf.set('2', 2, entry(2));
    expect(shelf.due(({ value }) => value !== 3, 10)).toEqual([1]);
  });

  test('is found in turns: a part of a long shelf at a time, and all of it in the end', () => {
    const shelf = shelfOf(1000);
    for (const id of ids(1000)) shelf.get(String(id));
    let looks = 0;
    const found = ids(4).flatMap(() => shelf.due(() => (looks += 1) > 0, 10_000));
    expect(looks).toBe(1000);
    expect(found.toSorted((a, b) => a - b)).toEqual(ids(1000));
    // And from the front again.
    expect(shelf.due(() => true, 2)).toEqual([0, 1]);
    expect(shelf.due(() => true, 2)).toEqual([2, 3]);
  });

  test('is found once, however short the shelf', () => {
    const shelf = shelfOf(3);
    for (const id of ids(3)) shelf.get(String(id));
    expect(shelf.due(() => true, 100)).toEqual([0, 1, 2]);
    expect(shelf.due(() => true, 2)).toEqual([0, 1]);
    expect(shelf.due(() => true, 2)).toEqual([2, 0]);
  });
});

test('a value is as large as what it holds', () => {
  expect(sizeOf(1)).toBe(8);
  expect(sizeOf(null)).toBe(8);
  expect(sizeOf('abcd')).toBe(20);
  expect(sizeOf([1, 2])).toBe(32 + 2 * 16);
  expect(sizeOf([{ a: 'abcd', b: null }])).toBe(32 + 8 + (32 + 8 + 20 + 8 + 8));
});
