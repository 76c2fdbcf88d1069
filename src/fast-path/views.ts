import { isAnonymous } from '../answer/freshness.ts';
import type { Caller } from '../callers/caller.ts';
import type { Plan } from '../callers/plan.ts';

const views = new WeakMap<Plan, WeakMap<ReadonlySet<string>, string>>();
let planCount = 0;

const ofCallers = new WeakMap<Caller, string>();

/** The same for callers who are shown the same: of one plan as it stands, with the same scopes. */
export function viewOf(caller: Caller): string {
  const known = ofCallers.get(caller);
  if (known !== undefined) return known;
  const view = madeFor(caller);
  ofCallers.set(caller, view);
  return view;
}

function madeFor({ id, plan, scopes }: Caller): string {
  let ofPlan = views.get(plan);
  if (ofPlan === undefined) views.set(plan, (ofPlan = new WeakMap()));
  let view = ofPlan.get(scopes);
  if (view === undefined) {
    view = `${numberOf(plan)} ${[...scopes].sort().join(' ')}`;
    ofPlan.set(scopes, view);
  }
  // Caches are told otherwise of what is for everybody.
  return isAnonymous(id) ? `${view} anonymous` : view;
}

const numbers = new WeakMap<Plan, number>();

function numberOf(plan: Plan): number {
  const known = numbers.get(plan);
  if (known !== undefined) return known;
  planCount += 1;
  numbers.set(plan, planCount);
  return planCount;
}
