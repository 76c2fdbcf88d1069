import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { builtInPlans, planOf, type PlanDefaults } from '../../src/callers/plans/plans.ts';
import { PlansError, readPlans } from '../../src/callers/plans/read-plans.ts';

const defaults: PlanDefaults = {
  priority: 'normal',
  requestsPerMinute: undefined,
  pointsPerMinute: undefined,
  creditsPerMonth: undefined,
  operation: { pointsMax: 10_000, creditsMax: 100, depthMax: 20 },
  pageSizeMax: 100,
  historyDaysMax: undefined,
  documents: 'open',
  introspection: true,
  scopes: [],
};

const free = {
  requestsPerMinute: 60,
  pointsPerMinute: 10_000,
  creditsPerMonth: 500,
  operation: { points: 2000, credits: 20, depth: 12 },
  pageSize: 50,
  historyDays: 90,
  documents: 'apq',
  introspection: false,
  scopes: ['read', 'write'],
  priority: 'low',
};

const read = (file: unknown, own: Partial<PlanDefaults> = {}) =>
  readPlans(JSON.stringify(file), { ...defaults, ...own });

/** The problems of a text. */
function problemsOfText(text: string, own: Partial<PlanDefaults> = {}): readonly string[] {
  try {
    readPlans(text, { ...defaults, ...own });
  } catch (error) {
    if (error instanceof PlansError) return error.problems;
    throw error;
  }
  return [];
}

const problemsOf = (file: unknown, own: Partial<PlanDefaults> = {}) =>
  problemsOfText(JSON.stringify(file), own);

describe('a plans file', () => {
  it('says all there is to a plan', () => {
    const { byName, anonymous, fallback } = read({
      anonymous: 'free',
      default: 'open',
      plans: { free, open: {} },
    });
    expect(byName.get('free')).toEqual({
      name: 'free',
      requestsPerMinute: 60,
      pointsPerMinute: 10_000,
      creditsPerMonth: 500,
      operation: { pointsMax: 2000, creditsMax: 20, depthMax: 12 },
      pageSizeMax: 50,
      historyDaysMax: 90,
      documents: 'apq',
      introspection: false,
      scopes: ['read', 'write'],
      priority: 'low',
    });
    expect(byName.get('open')).toEqual({ ...defaults, name: 'open' });
    expect(anonymous).toBe(byName.get('free'));
    expect(fallback).toBe(byName.get('open'));
  });

  it('lets in nobody without credentials, and none without a plan, unless it says so', () => {
    for (const file of [{ plans: { free } }, { anonymous: null, default: null, plans: { free } }]) {
      const plans = read(file);
      expect(plans.anonymous).toBeUndefined();
      expect(planOf(plans, undefined)).toEqual({ kind: 'no-plan' });
    }
  });

  it('extends a plan by another, member for member, and lifts limits with null', () => {
    const { byName } = read({
      plans: {
        top: { extends: 'pro', operation: { credits: 0 }, scopes: [], introspection: true },
        pro: {
          extends: 'free',
          requestsPerMinute: null,
          historyDays: null,
          operation: { points: 3000 },
        },
        free,
      },
    });
    const base = byName.get('free');
    expect(byName.get('pro')).toEqual({
      ...base,
      name: 'pro',
      requestsPerMinute: undefined,
      historyDaysMax: undefined,
      operation: { pointsMax: 3000, creditsMax: 20, depthMax: 12 },
    });
    expect(byName.get('top')).toEqual({
      ...byName.get('pro'),
      name: 'top',
      operation: { pointsMax: 3000, creditsMax: 0, depthMax: 12 },
      scopes: [],
      introspection: true,
    });
  });

  it('with three mistakes tells all three, and where', () => {
    expect(
      problemsOf({
        default: 'fre',
        plans: { free: { ...free, requestPerMinute: 60, operation: { points: 20_000 } } },
      }),
    ).toEqual([
      "plans.free.operation.points: expected a whole number from 1 to 10000 (the gateway's own limit), got 20000",
      'plans.free.requestPerMinute: expected no such member, got one (did you mean "requestsPerMinute"?)',
      'default: expected the name of a plan, got "fre" (did you mean "free"?)',
    ]);
  });

  it('tells a mistake of every member, whatever else is wrong', () => {
    const plans = {
      'Free X': {},
      a: {
        requestsPerMinute: 0,
        pointsPerMinute: '12',
        creditsPerMonth: -1,
        operation: { points: 1.5, credits: 101, depth: null, point: 1 },
        pageSize: 101,
        historyDays: 1e300,
        documents: 'opne',
        introspection: 'yes',
        scopes: ['a b', 7, 'fine'],
        priority: 'high',
        extends: 'aa',
        color: 'red',
      },
      b: [],
      c: { operation: 3, extends: 4, scopes: 'read' },
    };
    expect(problemsOf({ anonymus: 'a', anonymous: 7, default: 'nobody-at-all', plans })).toEqual([
      'anonymous: expected the name of a plan, or null, got 7',
      'anonymus: expected no such member, got one (did you mean "anonymous"?)',
      'plans["Free X"]: expected a name of 1 to 40 of a-z, 0-9 and -, got "Free X"',
      'plans.a.requestsPerMinute: expected a whole number from 1 to 1000000000000, got 0',
      'plans.a.pointsPerMinute: expected a whole number from 1 to 1000000000000, got "12"',
      'plans.a.creditsPerMonth: expected a whole number from 0 to 1000000000000, got -1',
      "plans.a.operation.points: expected a whole number from 1 to 10000 (the gateway's own limit), got 1.5",
      "plans.a.operation.credits: expected a whole number from 0 to 100 (the gateway's own limit), got 101",
      "plans.a.operation.depth: expected a whole number from 1 to 20 (the gateway's own limit), got null",
      'plans.a.operation.point: expected no such member, got one (did you mean "points"?)',
      "plans.a.pageSize: expected a whole number from 1 to 100 (the gateway's own limit), got 101",
      'plans.a.historyDays: expected a whole number from 1 to 1000000000000, got 1e+300',
      'plans.a.documents: expected one of open, apq, trusted, got "opne"',
      'plans.a.introspection: expected true or false, got "yes"',
      'plans.a.scopes[0]: expected a scope without blanks, quotes and backslashes, got "a b"',
      'plans.a.scopes[1]: expected a scope, got 7',
      'plans.a.priority: expected one of normal, low, got "high"',
      'plans.a.color: expected no such member, got one',
      'plans.a.extends: expected the name of a plan, got "aa" (did you mean "a"?)',
      'plans.b: expected an object, got a list',
      'plans.c.extends: expected the name of a plan, got 4',
      'plans.c.operation: expected an object, got 3',
      'plans.c.scopes: expected a list of scopes, got "read"',
      'default: expected the name of a plan, got "nobody-at-all"',
    ]);
  });

  it('must not extend in circles; each is told once, and the way of it', () => {
    const plans = {
      e: { extends: 'b' },
      c: { extends: 'b', color: 1 },
      b: { extends: 'a' },
      a: { extends: 'c' },
      d: { extends: 'd' },
      f: {},
    };
    expect(problemsOf({ plans })).toEqual([
      'plans.c.color: expected no such member, got one',
      'plans.a.extends: expected a plan that does not extend this one, got a → c → b → a',
      'plans.d.extends: expected a plan that does not extend this one, got d → d',
    ]);
  });

  it('allows no freer documents than the gateway does', () => {
    const plans = { a: { documents: 'open' }, b: { documents: 'trusted' }, c: {} };
    expect(problemsOf({ plans }, { documents: 'apq' })).toEqual([
      `plans.a.documents: expected one of apq, trusted (the gateway's own mode is apq), got "open"`,
    ]);
    expect(problemsOf({ plans: { b: plans.b } }, { documents: 'trusted' })).toEqual([]);
    expect(read({ plans: { c: {} } }, { documents: 'trusted' }).byName.get('c')?.documents).toBe(
      'trusted',
    );
  });

  it('knows no names from the language it is read by', () => {
    expect(problemsOfText('{"plans":{"__proto__":{},"a":{"__proto__":{}}},"__proto__":1}')).toEqual(
      [
        '__proto__: expected no such member, got one',
        'plans.__proto__: expected a name of 1 to 40 of a-z, 0-9 and -, got "__proto__"',
        'plans.a.__proto__: expected no such member, got one',
      ],
    );
    const plans = read({ default: 'constructor', plans: { constructor: free } });
    expect(plans.fallback?.name).toBe('constructor');
    expect(planOf(read({ plans: { free } }), 'constructor').kind).toBe('unknown-plan');
    expect(
      problemsOf({ default: 'constructor', plans: { a: { extends: 'valueOf' } } }).length,
    ).toBe(2);
  });

  it.each([
    ['', ['expected JSON, got text that is not']],
    ['{"plans": tm-secret-key}', ['expected JSON, got text that is not']],
    ['{\n "a": 1 "b"}', ['expected JSON, got text that is not, from line 2, column 9']],
    ['[]', ['the file: expected an object, got a list']],
    ['null', ['the file: expected an object, got null']],
    ['{}', ['plans: expected an object of plans, got nothing']],
    ['{"plans":[]}', ['plans: expected an object of plans, got a list']],
    ['{"plans":{}}', ['plans: expected 1 to 1000 plans, got 0']],
  ])('that is %j is told as it is', (text, problems) => {
    expect(problemsOfText(text)).toEqual(problems);
  });

  it('may begin with a byte order mark, and names have 40 characters and 1000 plans at most', () => {
    expect(problemsOfText(`\uFEFF${JSON.stringify({ plans: { free } })}`)).toEqual([]);
    expect(problemsOf({ plans: { ['a'.repeat(40)]: {} } })).toEqual([]);
    expect(problemsOf({ plans: { ['a'.repeat(41)]: {} } }).length).toBe(1);
    expect(problemsOf({ plans: { '': {} } })).toEqual([
      'plans[""]: expected a name of 1 to 40 of a-z, 0-9 and -, got ""',
    ]);
    const many = (count: number) => ({
      plans: Object.fromEntries(
        Array.from({ length: count }, (_, at) => [
          `p${at}`,
          at === 0 ? {} : { extends: `p${at - 1}` },
        ]),
      ),
    });
    expect(problemsOf(many(1000))).toEqual([]);
    expect(problemsOf(many(1001))).toEqual(['plans: expected 1 to 1000 plans, got 1001']);
  });

  it('of any JSON at all is read or told, never anything else', () => {
    const names = fc.constantFrom(
      'plans',
      'free',
      'operation',
      'extends',
      'scopes',
      'default',
      'anonymous',
      'points',
      '__proto__',
    );
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 4 },
        fc.jsonValue({ maxDepth: 1 }),
        names,
        tie('object'),
        fc.array(tie('any')),
      ),
      object: fc.dictionary(names, tie('any')),
    }));
    fc.assert(
      fc.property(fc.oneof(value.object, value.any), (file) => {
        const problems = problemsOf(file);
        for (const problem of problems) expect(problem).toMatch(/^.+: expected .+, got .+$/);
      }),
      { numRuns: 300 },
    );
  });

  it('gives plans that nobody can change', () => {
    const plan = read({ plans: { free } }).byName.get('free');
    for (const part of [plan, plan?.operation, plan?.scopes])
      expect(Object.isFrozen(part)).toBe(true);
  });
});

describe('the plan of a credential', () => {
  const plans = read({ default: 'free', plans: { free, pro: {} } });

  it('is the one it names, or the default', () => {
    expect(planOf(plans, 'pro')).toEqual({ kind: 'plan', plan: plans.byName.get('pro') });
    expect(planOf(plans, undefined)).toEqual({ kind: 'plan', plan: plans.byName.get('free') });
  });

  it('that is not there is not another', () => {
    expect(planOf(plans, 'gold')).toEqual({ kind: 'unknown-plan', name: 'gold' });
    expect(planOf(plans, '')).toEqual({ kind: 'unknown-plan', name: '' });
  });
});

describe('without a plans file', () => {
  it.each([
    [true, 'auto', true],
    [false, 'auto', false],
    [true, 'on', true],
    [false, 'on', true],
    [true, 'off', false],
    [false, 'off', false],
  ] as const)('sandbox %s and anonymous %s lets strangers in: %s', (isSandbox, anonymous, isIn) => {
    const plans = builtInPlans({ isSandbox, anonymous, defaults });
    const unlimited = { ...defaults, name: 'unlimited' };
    expect(plans.anonymous).toEqual(isIn ? unlimited : undefined);
    expect(planOf(plans, undefined)).toEqual({ kind: 'plan', plan: unlimited });
    expect(planOf(plans, 'unlimited')).toEqual({ kind: 'plan', plan: unlimited });
    expect(planOf(plans, 'free').kind).toBe('unknown-plan');
  });
});
