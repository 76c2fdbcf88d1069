import { circlesOf, inherited } from './inherit.ts';
import { suggestion } from './nearest.ts';
import {
  fileShape,
  isObject,
  pathOf,
  planShape,
  readShape,
  told,
  type PlanEntry,
} from './plan-shape.ts';
import type { PlanDefaults, Plans } from './plans.ts';

/** Every mistake of a plans file at once, each with its path. */
export class PlansError extends Error {
  override readonly name = 'PlansError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The plans file has ${problems.length} mistake(s):\n  ${problems.join('\n  ')}`);
    this.problems = problems;
  }
}

const plansMax = 1000;

/** The plans of a file's text; throws a `PlansError` that tells all mistakes. */
export function readPlans(text: string, defaults: PlanDefaults): Plans {
  const json = parsed(text);
  const { data: file, problems } = readShape(fileShape, json, []);
  // Names are looked at as they came: a mistake elsewhere must not hide a second one.
  const { anonymous, default: fallback, plans } = isObject(json) ? json : {};
  const all = isObject(plans) ? Object.entries(plans) : [];
  const names = all.map(([name]) => name);
  const parents = new Map<string, unknown>();
  const entries = new Map<string, PlanEntry>();
  const shape = planShape(defaults);
  if (isObject(plans) && (all.length === 0 || all.length > plansMax))
    problems.push(`plans: expected 1 to ${plansMax} plans, got ${all.length}`);
  for (const [name, value] of all.slice(0, plansMax)) {
    const path = ['plans', name];
    if (!/^[a-z0-9-]{1,40}$/.test(name))
      problems.push(
        `${pathOf(path)}: expected a name of 1 to 40 of a-z, 0-9 and -, got ${told(name)}`,
      );
    const entry = readShape(shape, value, path);
    parents.set(name, isObject(value) ? value['extends'] : undefined);
    problems.push(...entry.problems, ...strangers([...path, 'extends'], parents.get(name), names));
    if (entry.data !== undefined) entries.set(name, entry.data);
  }
  problems.push(
    ...strangers(['anonymous'], anonymous, names),
    ...strangers(['default'], fallback, names),
    ...circlesOf(parents).map((circle) => circleTold(circle)),
  );
  if (file === undefined || problems.length > 0) throw new PlansError(problems);
  const byName = inherited(entries, defaults);
  const named = (name: string | null) => (name === null ? undefined : byName.get(name));
  return { byName, anonymous: named(file.anonymous), fallback: named(file.default) };
}

function circleTold(circle: readonly string[]): string {
  const [first = ''] = circle;
  const way = [...circle, first].join(' → ');
  return `${pathOf(['plans', first, 'extends'])}: expected a plan that does not extend this one, got ${way}`;
}

/** A name that is not one of the plans. */
function strangers(path: readonly string[], name: unknown, names: readonly string[]): string[] {
  if (typeof name !== 'string' || names.includes(name)) return [];
  return [
    `${pathOf(path)}: expected the name of a plan, got ${told(name)}${suggestion(name, names)}`,
  ];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new PlansError([`expected JSON, got text that is not${placeOf(text, error)}`]);
  }
}

/** Where the text goes wrong; the engine's own message may repeat pieces of it. */
function placeOf(text: string, error: unknown): string {
  const [, position] = /position (\d+)/.exec(error instanceof Error ? error.message : '') ?? [];
  if (position === undefined) return '';
  const before = text.slice(0, Number(position)).split('\n');
  return `, from line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}
