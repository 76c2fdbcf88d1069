import { printSchema } from 'graphql';
import { describe, expect, test } from 'vitest';

import { stillPromised } from '../contract/deprecations.ts';
import { loadReleasedSchemas } from '../contract/released-schemas.ts';
import { base, changed, check, released } from './schema-check-world.ts';

describe('a member goes when a release has deprecated it and its day is past', () => {
  const without = base.replace(/, old: Old @deprecated\(.*\)/, '').replace(/ +type Old .*\n/, '');

  test('with the types that nothing else leads to', () => {
    expect(without).not.toContain('Old');
    expect(check(without, { today: '2027-07-01' })).toEqual({ problems: [], told: [] });
  });

  test('not on the day itself', () => {
    expect(check(without, { today: '2027-06-30' }).problems).toEqual([
      'Old was removed. Breaks web-2.0.0 (Old).',
      'Token.old was removed. Release 1.0.0 deprecated it, and it is promised until 2027-06-30. Breaks web-2.0.0 (Old).',
    ]);
  });

  test('not if only the code had deprecated it', () => {
    const plain = released('1.0.0', '2026-11-21', base.replace(/ @deprecated\(.*\)/, ''));
    expect(check(without, { today: '2027-07-01', releases: [plain] }).problems).toHaveLength(2);
  });

  test('and until then or longer it may stay', () => {
    expect(check(base, { today: '2027-07-01' })).toEqual({
      problems: [],
      told: ['deprecated: Token.old since 1.0.0, may be removed'],
    });
  });

  test('an argument, an input field and a value alike', () => {
    const reason = '@deprecated(reason: "Nobody did. Removed after 2026-11-30.")';
    const marked = changed('at: Int = 1', `at: Int = 1 ${reason}`)
      .replace('name: String, size', `name: String ${reason}, size`)
      .replace('DOWN', `DOWN ${reason}`);
    const gone = changed(', at: Int = 1', '').replace('name: String, ', '').replace('DOWN', '');
    const releases = [released('1.0.0', '2026-01-01', marked)];
    expect(check(gone, { releases, today: '2026-12-01' }).problems).toEqual([]);
    expect(check(gone, { releases, today: '2026-11-30' }).problems).toHaveLength(3);
  });

  test('until then everything that was released is promised', async () => {
    for (const { schema, day } of await loadReleasedSchemas()) {
      expect(printSchema(stillPromised(schema, day))).toBe(printSchema(schema));
    }
  });
});

describe('what is deprecated has a day', () => {
  const withPrice = (reason: string) =>
    changed('price: Float', `price: Float @deprecated(reason: "${reason}")`);

  test.each(['Use signal.', 'Removed after 2027.', 'Removed after 2027-02-30.', ''])(
    '%j tells none',
    (reason) => {
      expect(check(withPrice(reason)).problems).toEqual([
        'Token.price is deprecated without a day: end its reason with "Removed after YYYY-MM-DD."',
      ]);
    },
  );

  test('half a year after the release that says so, which is the next one', () => {
    expect(check(withPrice('Removed after 2027-05-29.')).problems).toEqual([
      'Token.price goes after 2027-05-29, less than 180 days after the next release: 2027-05-30 at the earliest',
    ]);
    expect(check(withPrice('Removed after 2027-05-30.')).told).toContain(
      'deprecated: Token.price since the next release, removed after 2027-05-30',
    );
  });

  test('counted from the first release that says so without a break', () => {
    const sdl = withPrice('Removed after 2027-01-01.');
    const releases = [
      released('1.0.0', '2025-01-01', sdl),
      released('1.1.0', '2026-01-01', base),
      released('1.2.0', '2026-07-06', sdl),
      released('1.3.0', '2026-11-21', sdl),
    ];
    expect(check(sdl, { releases }).problems).toEqual([
      'Token.price goes after 2027-01-01, less than 180 days after 1.2.0: 2027-01-02 at the earliest',
    ]);
    expect(check(withPrice('Removed after 2027-01-02.'), { releases }).problems).toEqual([]);
  });

  test('which may be put off, and not be brought forward', () => {
    const moved = (day: string) => check(changed('2027-06-30', day)).problems;
    expect(moved('2028-01-01')).toEqual([]);
    expect(moved('2027-06-29')).toEqual([
      'Token.old goes after 2027-06-29, and was promised until 2027-06-30',
    ]);
  });
});
