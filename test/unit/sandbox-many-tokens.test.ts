import { describe, expect, onTestFinished, test } from 'vitest';

import { createDataSet } from '../../src/sandbox/data/data-set.ts';
import { dayOf } from '../../src/sandbox/data/day.ts';
import { createSandbox } from '../../src/sandbox/sandbox.ts';

const few = createDataSet('assay');
const many = createDataSet('assay', 1000);
const invented = many.tokens.slice(few.tokens.length);
const today = dayOf(Date.UTC(2026, 0, 15));

const distinct = (values: readonly unknown[]) => new Set(values).size;

describe('a data set of as many tokens as one needs', () => {
  test('begins with the tokens that are always there', () => {
    expect(many.tokens).toHaveLength(1000);
    expect(many.tokens.slice(0, few.tokens.length)).toEqual(few.tokens);
    expect(createDataSet('assay', 3).tokens).toEqual(few.tokens);
    expect(createDataSet('assay', 400).tokens).toEqual(many.tokens.slice(0, 400));
  });

  test('is the same for the same seed and another for another', () => {
    expect(createDataSet('assay', 1000).tokens).toEqual(many.tokens);
    const others = createDataSet('other', 1000).tokens.slice(few.tokens.length);
    expect(others.map(({ name }) => name)).not.toEqual(invented.map(({ name }) => name));
  });

  test('has no id or slug twice, and hardly a name', () => {
    expect(distinct(many.tokens.map(({ id }) => id))).toBe(1000);
    expect(distinct(many.tokens.map(({ slug }) => slug))).toBe(1000);
    expect(distinct(many.tokens.map(({ name }) => name))).toBeGreaterThan(950);
    for (const { id, name, symbol, slug } of invented) {
      expect([name, symbol, slug]).toEqual([
        expect.stringMatching(/^[A-Z][a-z]{4,8}$/),
        expect.stringMatching(/^[A-Z]{4}$/),
        `${name.toLowerCase()}-${id}`,
      ]);
    }
  });

  test('ranks what is invented below all else', () => {
    expect(many.tokens.map(({ rank }) => rank)).toEqual(many.tokens.map((_, index) => index + 1));
    const caps = many.tokens.map(({ baseMarketCap }) => baseMarketCap);
    expect(caps).toEqual(caps.toSorted((a, b) => b - a));
  });

  test('knows prices, grades and signals of every token', () => {
    for (const token of invented) {
      expect(token.firstDay).toBeLessThan(today - 365);
      expect(many.market.price(token, today * 86_400_000)).toBeGreaterThan(0);
      expect(many.grades.tm(token, today)).toBeGreaterThanOrEqual(0);
      expect([-1, 1]).toContain(many.signals.trend(token, today));
      expect(token.categories.length).toBeGreaterThan(0);
      expect(token.exchanges?.length).toBeGreaterThan(0);
    }
  });

  test('leaves the baskets as they are', () => {
    const membersOf = ({ baskets }: typeof many) =>
      baskets.all.map(({ members }) => members.map(({ token }) => token.id));
    expect(membersOf(many)).toEqual(membersOf(few));
  });
});

test('a sandbox of a thousand tokens serves the last of them', async () => {
  const sandbox = await createSandbox({ tokens: 1000 });
  onTestFinished(() => sandbox.close());
  const last = many.tokens.at(-1);
  const ask = async (path: string) => {
    const response = await fetch(`${sandbox.url}/v2${path}`, {
      headers: { 'x-api-key': sandbox.key },
    });
    return (await response.json()).data;
  };
  expect(await ask(`/price?token_id=${last?.id}`)).toMatchObject([{ TOKEN_NAME: last?.name }]);
  expect(await ask('/tokens?limit=100&page=10')).toHaveLength(100);
  expect(await ask('/tokens?limit=100&page=11')).toEqual([]);
});
