import { readFile } from 'node:fs/promises';
import { jsonPlaceOf } from '../../json-place.ts';
import { planNamePattern, planNameTold } from '../plan.ts';
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
    if (!planNamePattern.test(name))
      problems.push(`${pathOf(path)}: expected a name of ${planNameTold}, got ${told(name)}`);
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

/**
 * The names in a file's text, for who knows nothing of the limits that its plans are held to; throws a
 * `PlansError` when there are no plans to be named.
 */
export function planNamesOf(text: string): readonly string[] {
  const json = parsed(text);
  const plans = isObject(json) ? json['plans'] : undefined;
  if (isObject(plans)) return Object.keys(plans);
  throw new PlansError([`plans: expected an object of plans, got ${told(plans)}`]);
}

/** A name that is not one of the plans. */
function strangers(path: readonly string[], name: unknown, names: readonly string[]): string[] {
  if (typeof name !== 'string' || names.includes(name)) return [];
  return [
    `${pathOf(path)}: expected the name of a plan, got ${told(name)}${suggestion(name, names)}`,
  ];
}

function parsed(text: string): unknown {
  const json = text.replace(/^\uFEFF/, '');
  try {
    return JSON.parse(json);
  } catch (error) {
    throw new PlansError([`expected JSON, got text that is not${jsonPlaceOf(json, error)}`]);
  }
}

export type ReadFile = (file: string) => Promise<string>;

/** A plans file as it was at one time. */
export interface PlansFile {
  readonly text: string;
  readonly plans: Plans;
}

export async function readPlansFile(
  file: string,
  defaults: PlanDefaults,
  read?: ReadFile,
): Promise<PlansFile> {
  const text = await readText(file, read);
  return { text, plans: readPlans(text, defaults) };
}

/** The text of a plans file; rejects with a `PlansError` when it cannot be read. */
export async function readText(file: string, read: ReadFile = readBounded): Promise<string> {
  try {
    return await read(file);
  } catch (error) {
    if (error instanceof PlansError) throw error;
    // The code only: the message of the system names the path.
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new PlansError([`expected a file that can be read, got ${code}`]);
  }
}

const bytesMax = 4 * 1024 * 1024;

async function readBounded(file: string): Promise<string> {
  const bytes = await readFile(file);
  if (bytes.length > bytesMax) throw new PlansError([`expected at most ${bytesMax} bytes`]);
  return bytes.toString('utf8');
}
