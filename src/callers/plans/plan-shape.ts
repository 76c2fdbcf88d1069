import { z } from 'zod';
import type { PlanDefaults } from './plans.ts';
import { suggestion } from './nearest.ts';

/** A plan as its file tells it; what is left out is inherited. */
export type PlanEntry = z.output<ReturnType<typeof planShape>>;

/** `null` lifts a limit that would be inherited. */
const limit = (min: number) => whole({ min, max: 1_000_000_000_000 }).nullable().optional();

/** The members of a plan; no limit of an operation is above the gateway's own. */
export function planShape({ operation, pageSizeMax, documents }: PlanDefaults) {
  const modes = ['open', 'apq', 'trusted'] as const;
  return z.strictObject(
    {
      extends: z.string(expected('the name of a plan')).optional(),
      requestsPerMinute: limit(1),
      pointsPerMinute: limit(1),
      creditsPerMonth: limit(0),
      operation: z
        .strictObject(
          {
            points: ownLimit({ min: 1, max: operation.pointsMax }),
            credits: ownLimit({ min: 0, max: operation.creditsMax }),
            depth: ownLimit({ min: 1, max: operation.depthMax }),
          },
          expected('an object'),
        )
        .optional(),
      pageSize: ownLimit({ min: 1, max: pageSizeMax }),
      historyDays: limit(1),
      documents: oneOf(modes.slice(modes.indexOf(documents)), ownMode(documents)).optional(),
      introspection: z.boolean(expected('true or false')).optional(),
      scopes: z.array(scope, expected('a list of scopes')).optional(),
      priority: oneOf(['normal', 'low']).optional(),
    },
    expected('an object'),
  );
}

const planName = z.string(expected('the name of a plan, or null')).nullable().default(null);

/** The file around the plans, which are looked at one by one. */
export const fileShape = z.strictObject(
  {
    anonymous: planName,
    default: planName,
    plans: z.custom<object>(isObject, expected('an object of plans')),
  },
  expected('an object'),
);

// A scope-token of RFC 6749; nothing that could be mistaken for two in a claim.
const scope = z
  .string(expected('a scope'))
  .regex(/^[!#-[\]-~]{1,100}$/, expected('a scope without blanks, quotes and backslashes'));

function ownLimit(range: Range) {
  return whole(range, " (the gateway's own limit)").optional();
}

interface Range {
  readonly min: number;
  readonly max: number;
}

function whole({ min, max }: Range, why = '') {
  const fault = expected(`a whole number from ${min} to ${max}${why}`);
  return z
    .number(fault)
    .refine((value) => Number.isSafeInteger(value) && value >= min && value <= max, fault);
}

const ownMode = (mode: PlanDefaults['documents']) =>
  mode === 'open' ? '' : ` (the gateway's own mode is ${mode})`;

function oneOf<const T extends string>(values: readonly T[], why = '') {
  return z.enum(values, expected(`one of ${values.join(', ')}${why}`));
}

function expected(what: string) {
  return {
    error: ({ input }: { readonly input?: unknown }) => `expected ${what}, got ${told(input)}`,
  };
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What came, short. */
export function told(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (isObject(value)) return 'an object';
  const text = JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

type Shape = z.ZodType & { readonly shape: Readonly<Record<string, unknown>> };

/** What a shape makes of a value, and each mistake with its path in the file. */
export function readShape<T extends Shape>(shape: T, value: unknown, path: readonly string[]) {
  const { data, error } = z.safeParse<T>(shape, value);
  const problems = (error?.issues ?? []).flatMap((issue) => {
    const at = [...path, ...issue.path.map(String)];
    if (issue.code !== 'unrecognized_keys') return [`${pathOf(at)}: ${issue.message}`];
    const names = issue.path.includes('operation') ? operationNames : Object.keys(shape.shape);
    return issue.keys.map(
      (key) => `${pathOf([...at, key])}: expected no such member, got one${suggestion(key, names)}`,
    );
  });
  return { data, problems };
}

const operationNames = ['points', 'credits', 'depth'];

/** `plans.free.scopes[2]`; names that are no words are quoted. */
export function pathOf(steps: readonly string[]): string {
  if (steps.length === 0) return 'the file';
  return steps.reduce((path, step) => {
    if (/^\d+$/.test(step)) return `${path}[${step}]`;
    const isWord = /^[\w-]{1,60}$/.test(step);
    return isWord ? `${path}${path === '' ? '' : '.'}${step}` : `${path}[${told(step)}]`;
  }, '');
}
