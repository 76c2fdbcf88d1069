import type { Plan } from '../plan.ts';
import type { PlanDefaults } from './plans.ts';
import type { PlanEntry } from './plan-shape.ts';

type Entries = ReadonlyMap<string, PlanEntry>;

/** Each circle of who extends whom once, from the first of its names by alphabet. */
export function circlesOf(parents: ReadonlyMap<string, unknown>): readonly (readonly string[])[] {
  const circles = new Map<string, readonly string[]>();
  const settled = new Set<string>();
  for (const start of parents.keys()) {
    const way: string[] = [];
    let name: unknown = start;
    while (typeof name === 'string' && !settled.has(name) && !way.includes(name)) {
      way.push(name);
      name = parents.get(name);
    }
    const from = typeof name === 'string' ? way.indexOf(name) : -1;
    if (from >= 0) {
      const circle = way.slice(from);
      const first = circle.indexOf([...circle].sort()[0] ?? '');
      const turned = [...circle.slice(first), ...circle.slice(0, first)];
      circles.set(turned[0] ?? '', turned);
    }
    for (const passed of way) settled.add(passed);
  }
  return [...circles.values()];
}

/** The plans in full: what an entry leaves out is that of the plan it extends, or the default. */
export function inherited(entries: Entries, defaults: PlanDefaults): ReadonlyMap<string, Plan> {
  const plans = new Map<string, Plan>();
  const planNamed = (name: string): Plan => {
    const known = plans.get(name);
    if (known !== undefined) return known;
    const entry = entries.get(name) ?? {};
    const parent = entry.extends === undefined ? defaults : planNamed(entry.extends);
    const plan = filled(name, entry, parent);
    plans.set(name, plan);
    return plan;
  };
  for (const name of entries.keys()) planNamed(name);
  return plans;
}

function filled(name: string, entry: PlanEntry, parent: PlanDefaults): Plan {
  const { operation = {} } = entry;
  return Object.freeze({
    name,
    priority: entry.priority ?? parent.priority,
    requestsPerMinute: limitOf(entry.requestsPerMinute, parent.requestsPerMinute),
    pointsPerMinute: limitOf(entry.pointsPerMinute, parent.pointsPerMinute),
    creditsPerMonth: limitOf(entry.creditsPerMonth, parent.creditsPerMonth),
    operation: Object.freeze({
      pointsMax: operation.points ?? parent.operation.pointsMax,
      creditsMax: operation.credits ?? parent.operation.creditsMax,
      depthMax: operation.depth ?? parent.operation.depthMax,
    }),
    pageSizeMax: entry.pageSize ?? parent.pageSizeMax,
    historyDaysMax: limitOf(entry.historyDays, parent.historyDaysMax),
    documents: entry.documents ?? parent.documents,
    introspection: entry.introspection ?? parent.introspection,
    scopes: Object.freeze([...(entry.scopes ?? parent.scopes)]),
  });
}

/** Null is a limit that was lifted, nothing one that was left as it is. */
const limitOf = (own: number | null | undefined, parent: number | undefined) =>
  own === undefined ? parent : (own ?? undefined);
