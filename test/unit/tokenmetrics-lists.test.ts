import { beforeEach, describe, expect, test } from 'vitest';

import { UpstreamError } from '../../src/upstreams/errors.ts';
import { type Endpoint, endpoints as e } from '../../src/upstreams/tokenmetrics/endpoints.ts';
import { createListReader, type ListRead } from '../../src/upstreams/tokenmetrics/lists.ts';
import { isSureOfOneRequest } from '../../src/upstreams/tokenmetrics/token-set.ts';

const hour = 3_600_000;
const broken = new UpstreamError({ upstream: 'x', endpoint: '/e', kind: 'network' });

let nowMs: number;
let lists: ReturnType<typeof createListReader>;
/** The lists that were asked for, in order; a probe is `probe`. */
let asked: string[];

beforeEach(() => {
  nowMs = 0;
  lists = createListReader(() => nowMs);
  asked = [];
});

interface Upstream {
  /** Ids that have a row. */
  readonly rows: readonly number[];
  readonly isFirstOnly?: boolean;
  /** What asking for well-known tokens tells; absent when lists are documented. */
  readonly probe?: () => boolean | undefined;
  /** Lists that fail. */
  readonly fails?: readonly string[];
}

function readOf({ rows, isFirstOnly = false, probe, fails = [] }: Upstream): ListRead<string> {
  return {
    path: '/e',
    listMax: 3,
    ask: (ids) => {
      asked.push(ids.join());
      if (fails.includes(ids.join())) return Promise.reject(broken);
      const read = isFirstOnly ? ids.slice(0, 1) : ids;
      const found = read.filter((id) => rows.includes(id));
      return Promise.resolve(new Map(found.map((id) => [id, `row ${id}`])));
    },
    readsLists:
      probe &&
      (() => {
        asked.push('probe');
        return Promise.resolve(probe());
      }),
  };
}

const ids = async (of: readonly number[], upstream: Upstream) =>
  [...(await lists.byToken(of, readOf(upstream))).keys()].sort((a, b) => a - b);

const yes = () => true;
const no = () => false;

test('ids are asked once, sorted, in lists of the size given', async () => {
  expect(await ids([5, 1, 4, 2, 3, 1], { rows: [1, 2, 3, 4, 5] })).toEqual([1, 2, 3, 4, 5]);
  expect(asked).toEqual(['1,2,3', '4,5']);
});

test('a list that fails fails for its own ids only', async () => {
  const found = await lists.byToken([1, 2, 3, 4], readOf({ rows: [1, 2, 3, 4], fails: ['1,2,3'] }));
  expect([...found]).toEqual([
    [1, broken],
    [2, broken],
    [3, broken],
    [4, 'row 4'],
  ]);
});

test('a fault of ours is no fault of the upstream', async () => {
  const read = { path: '/e', listMax: 3, ask: () => Promise.reject(new TypeError('ours')) };
  await expect(lists.byToken([1], read)).rejects.toThrow('ours');
});

test('where lists are documented, the first row alone is the only row', async () => {
  expect(await ids([1, 2, 3], { rows: [1] })).toEqual([1]);
  expect(asked).toEqual(['1,2,3']);
});

describe('where lists are not documented', () => {
  test('an answer with more than the first id is believed', async () => {
    expect(await ids([1, 2, 3], { rows: [1, 3], probe: no })).toEqual([1, 3]);
    expect(await ids([1, 2, 3], { rows: [2], probe: no })).toEqual([2]);
    expect(asked).toEqual(['1,2,3', '1,2,3']);
  });

  test('one id is no list, and proves nothing', async () => {
    expect(await ids([1], { rows: [1], probe: no })).toEqual([1]);
    expect(await ids([2], { rows: [], probe: no })).toEqual([]);
    expect(asked).toEqual(['1', '2']);
  });

  test('an endpoint that answers the first id only is asked id by id, each id once', async () => {
    const upstream = { rows: [1, 2, 3], isFirstOnly: true, probe: no };
    expect(await ids([1, 2, 3], upstream)).toEqual([1, 2, 3]);
    expect(asked).toEqual(['1,2,3', '2,3', '3']);
  });

  test('this is remembered for an hour and then forgotten', async () => {
    const upstream = { rows: [1, 2], isFirstOnly: true, probe: no };
    await ids([1, 2], upstream);
    expect(asked).toEqual(['1,2', '2']);
    expect(lists.acceptsLists('/e')).toBe(false);
    expect(lists.acceptsLists('/other')).toBe(true);
    nowMs += hour - 1;
    asked = [];
    expect(await ids([1, 2, 3, 4], { rows: [1, 2, 3, 4], probe: no })).toEqual([1, 2, 3, 4]);
    expect(asked).toEqual(['1', '2', '3', '4']);
    nowMs += 1;
    asked = [];
    expect(lists.acceptsLists('/e')).toBe(true);
    expect(await ids([1, 2, 3], { rows: [1, 2, 3], probe: no })).toEqual([1, 2, 3]);
    expect(asked).toEqual(['1,2,3']);
  });

  test('an endpoint that answers the first id only is found out even if that id has no row', async () => {
    const upstream = { rows: [2, 3], isFirstOnly: true, probe: no };
    expect(await ids([1, 2, 3], upstream)).toEqual([2, 3]);
    expect(asked).toEqual(['1,2,3', 'probe', '2', '3']);
    expect(lists.acceptsLists('/e')).toBe(false);
  });

  test('and even if only the first id of all had one so far', async () => {
    const upstream = { rows: [1, 3], isFirstOnly: true, probe: no };
    expect(await ids([1, 2, 3], upstream)).toEqual([1, 3]);
    expect(asked).toEqual(['1,2,3', '2,3', 'probe', '3']);
  });

  test('no rows at all are "no rows" once lists are proven, and proven they stay for an hour', async () => {
    expect(await ids([1, 2, 3], { rows: [], probe: yes })).toEqual([]);
    expect(asked).toEqual(['1,2,3', 'probe']);
    nowMs += hour - 1;
    asked = [];
    expect(await ids([1, 2, 3], { rows: [], probe: yes })).toEqual([]);
    expect(asked).toEqual(['1,2,3']);
    nowMs += 1;
    asked = [];
    await ids([1, 2, 3], { rows: [], probe: yes });
    expect(asked).toEqual(['1,2,3', 'probe']);
  });

  describe('and were shown to be read', () => {
    const firstOnly = { rows: [1, 2, 3], isFirstOnly: true, probe: no };

    beforeEach(async () => {
      await ids([1, 2], { rows: [1, 2], probe: no });
      asked = [];
    });

    test('the first id alone is believed once, and verified the next time', async () => {
      expect(await ids([1, 2, 3], firstOnly)).toEqual([1]);
      expect(asked).toEqual(['1,2,3']);
      expect([lists.readsLists('/e'), lists.isDoubted('/e')]).toEqual([undefined, true]);
      asked = [];
      expect(await ids([1, 2, 3], firstOnly)).toEqual([1, 2, 3]);
      expect(asked).toEqual(['1,2,3', '2,3', '3']);
      expect([lists.readsLists('/e'), lists.isDoubted('/e')]).toEqual([false, false]);
    });

    test('the doubt ends with an answer that shows it again, or after an hour', async () => {
      await ids([1, 2, 3], firstOnly);
      await ids([1, 2, 3], { rows: [1, 3], probe: no });
      expect([lists.readsLists('/e'), lists.isDoubted('/e')]).toEqual([true, false]);
      await ids([1, 2, 3], firstOnly);
      nowMs += hour - 1;
      expect([lists.readsLists('/e'), lists.isDoubted('/e')]).toEqual([undefined, true]);
      nowMs += 1;
      expect([lists.readsLists('/e'), lists.isDoubted('/e')]).toEqual([undefined, false]);
    });

    test('no list that was asked for before the doubt is asked for twice', async () => {
      const found = await Promise.all([
        ids([1, 2], firstOnly),
        ids([5, 6], { rows: [], probe: no }),
        ids([3, 4], firstOnly),
      ]);
      expect(found).toEqual([[1], [], [3]]);
      expect(asked).toEqual(['1,2', '5,6', '3,4']);
    });

    test('unless it has been found out meanwhile that lists are not read', async () => {
      let answer = () => {};
      const held = new Promise<void>((resolve) => (answer = resolve));
      const { ask, ...read } = readOf(firstOnly);
      const late = lists.byToken([1, 2], {
        ...read,
        ask: async (list) => {
          await held;
          return ask(list);
        },
      });
      await ids([1, 2, 3], firstOnly);
      await ids([1, 2, 3], firstOnly);
      expect(lists.acceptsLists('/e')).toBe(false);
      answer();
      expect([...(await late).keys()]).toEqual([1, 2]);
      expect(lists.acceptsLists('/e')).toBe(false);
    });

    test('what is read by one request is what fits a page, of endpoints that are there', () => {
      const reads = (endpoint: Endpoint, count: number) =>
        isSureOfOneRequest({ ...endpoint, path: '/e' }, count, lists);
      expect([reads(e.quantMetrics, 100), reads(e.quantMetrics, 101)]).toEqual([true, false]);
      expect([reads(e.tmGrade, 50), reads(e.tmGrade, 51)]).toEqual([true, false]);
      expect(reads(e.scenarioAnalysis, 1)).toBe(false);
      expect(isSureOfOneRequest(e.tmGrade, 1, lists)).toBe(false);
    });
  });

  test('a list that was cut once and is whole when asked again loses nothing', async () => {
    let isFirst = true;
    const { ask, ...read } = readOf({ rows: [1, 2, 3], probe: no });
    const found = await lists.byToken([1, 2, 3], {
      ...read,
      ask: (list) => {
        const cut = isFirst ? list.slice(0, 1) : list;
        isFirst = false;
        return ask(cut);
      },
    });
    expect(found.size).toBe(3);
    expect(asked).toEqual(['1', '2,3']);
    expect(lists.acceptsLists('/e')).toBe(true);
  });

  test('a probe that tells nothing leaves it at "no rows", and at asking again next time', async () => {
    const upstream = { rows: [], probe: () => undefined };
    expect(await ids([1, 2, 3], upstream)).toEqual([]);
    expect(await ids([1, 2, 3], upstream)).toEqual([]);
    expect(asked).toEqual(['1,2,3', 'probe', '1,2,3', 'probe']);
    expect(lists.acceptsLists('/e')).toBe(true);
  });

  test('many empty lists raise one doubt', async () => {
    expect(await ids([1, 2, 3, 4, 5, 6, 7, 8], { rows: [], probe: yes })).toEqual([]);
    expect(asked).toEqual(['1,2,3', '4,5,6', '7,8', 'probe']);
  });

  test('what was found stays found when the doubt cannot be put to rest', async () => {
    const found = await lists.byToken(
      [1, 2, 3],
      readOf({ rows: [1], probe: no, fails: ['2,3'], isFirstOnly: true }),
    );
    expect([...found]).toEqual([
      [1, 'row 1'],
      [2, broken],
      [3, broken],
    ]);
    const failing = { ...readOf({ rows: [] }), readsLists: () => Promise.reject(broken) };
    expect([...(await lists.byToken([1, 2], failing))]).toEqual([[2, broken]]);
  });
});
