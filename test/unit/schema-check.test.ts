import { describe, expect, test } from 'vitest';

import { dayOf } from '../../src/calendar.ts';
import {
  compareVersions,
  isMajor,
  isVersion,
  readReleasedSchema,
  releasedText,
} from '../contract/released-schemas.ts';
import { checkPublishedSchema, report } from '../contract/schema-check.ts';
import { base, changed, check, first } from './schema-check-world.ts';

test('the schema of this code keeps what its last release promised', async () => {
  const { problems } = await checkPublishedSchema(dayOf(Date.now()));
  expect(problems).toEqual([]);
});

test('a schema that did not change breaks nothing, and tells what will go', () => {
  const findings = check(base);
  expect(findings).toEqual({
    problems: [],
    told: ['deprecated: Token.old since 1.0.0, removed after 2027-06-30'],
  });
  expect(report(findings, first).split('\n')).toEqual([
    'Compared with 1.0.0, released 2026-11-21.',
    'deprecated: Token.old since 1.0.0, removed after 2027-06-30',
    'The schema keeps what was promised.',
  ]);
});

describe('what breaks is told with those whom it breaks', () => {
  test.each([
    [
      'price: Float, ',
      '',
      'Token.price was removed. Release 1.0.0 did not deprecate it. Breaks ios-1.0.0 (Home).',
    ],
    [
      'price: Float,',
      'price: String,',
      'Token.price changed type from Float to String. Breaks ios-1.0.0 (Home).',
    ],
    [
      'name: String }\n',
      'name: [String] }\n',
      'Index.name changed type from String to [String]. Breaks web-2.0.0 (Find).',
    ],
    [
      'token(id: ID!,',
      'token(id: ID!, by: ID!,',
      'A required arg by on Query.token was added. Breaks ios-1.0.0 (Home, Moves), web-2.0.0 (Old).',
    ],
    [
      ', at: Int = 1',
      '',
      'Query.token arg at was removed. Release 1.0.0 did not deprecate it. Breaks ios-1.0.0 (Moves).',
    ],
    [
      'at: Int = 1',
      'at: String',
      'Query.token arg at has changed type from Int to String. Breaks ios-1.0.0 (Moves).',
    ],
    [
      'UP DOWN',
      'UP',
      'DOWN was removed from enum type Signal. Release 1.0.0 did not deprecate it. Breaks ios-1.0.0 (Moves).',
    ],
    [
      'name: String, size',
      'size',
      'Filter.name was removed. Release 1.0.0 did not deprecate it. Breaks web-2.0.0 (Find).',
    ],
    [
      'size: Int = 20',
      'size: Int = 20, at: Int!',
      'A required field at on input type Filter was added. Breaks web-2.0.0 (Find).',
    ],
    ['Token | Index', 'Token', 'Index was removed from union type Found. Breaks web-2.0.0 (Find).'],
    [
      'Token implements Node',
      'Token',
      'Token no longer implements interface Node. Breaks ios-1.0.0 (Moves).',
    ],
    [
      'input Filter',
      'input Filter @oneOf',
      'Filter takes exactly one field now. Breaks web-2.0.0 (Find).',
    ],
    [
      'signal: Signal',
      'signal: Signal @requiresScope(scope: "pro")',
      'Token.signal has @requiresScope(scope: "pro") where it had nothing. Breaks ios-1.0.0 (Moves).',
    ],
    [
      'directive @requiresScope(scope: String!) on FIELD_DEFINITION',
      '',
      'requiresScope was removed. No known client relies on it.',
    ],
  ])('%j becomes %j', (from, to, problem) => {
    const findings = check(changed(from, to));
    expect(findings.problems).toEqual([problem]);
    expect(report(findings)).toMatch(/\n1 problem\(s\):\n {2}\S.*$/);
  });
});

test.each([
  ['UP DOWN', 'UP DOWN FLAT', 'FLAT was added to enum type Signal.'],
  ['at: Int = 1', 'at: Int = 2', 'Query.token arg at has changed defaultValue from 1 to 2.'],
  ['size: Int = 20', 'size: Int', 'Filter.size has the default none where it had 20.'],
  [
    '@rateLimit(limit: 10)',
    '@rateLimit(limit: 5)',
    'Query.found has @rateLimit(limit: 5) where it had @rateLimit(limit: 10).',
  ],
])('what clients may notice is told and is no problem: %j becomes %j', (from, to, change) => {
  const { problems, told } = check(changed(from, to));
  expect(problems).toEqual([]);
  expect(told).toContain(`dangerous: ${change}`);
});

test.each([
  ['grade: Float', 'grade: Float!, day: String'],
  ['signal: Signal', 'signal: Signal, more: Index'],
])('what no client can notice is not told: %j becomes %j', (from, to) => {
  expect(check(changed(from, to))).toEqual(check(base));
});

describe('a released schema', () => {
  test('says which version it is of and since when', () => {
    expect(first).toMatchObject({ version: '1.0.0', day: '2026-11-21' });
    const text = releasedText(base, '1.0.0', '2026-11-21');
    for (const [file, bad] of [
      ['1.0.1.graphql', text],
      ['1.0.0.graphql', base],
      ['1.0.0.graphql', text.replace('11-21', '11-31')],
      ['next.graphql', text.replace('1.0.0', 'next')],
    ] as const) {
      expect(() => readReleasedSchema(file, bad)).toThrow(`${file}: expected a first line`);
    }
  });

  test('is needed', () => {
    expect(check(base, { releases: [] }).problems).toEqual(['no schema was released yet']);
  });

  test('is ordered by numbers, not by letters', () => {
    const versions = ['0.10.0', '1.0.0', '0.9.1', '0.9.0'].sort(compareVersions);
    expect(versions).toEqual(['0.9.0', '0.9.1', '0.10.0', '1.0.0']);
    expect(['1.0', '1.0.0-rc', 'v1.0.0', '01.0.0', '1.0.0'].filter(isVersion)).toEqual(['1.0.0']);
    expect([isMajor('1.0.0', '0.9.0'), isMajor('0.10.0', '0.9.0')]).toEqual([true, false]);
  });
});
