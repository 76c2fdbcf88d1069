import { GraphQLError } from 'graphql';
import { addDays, dayOf } from '../calendar.ts';
import type { Plan } from '../callers/plan.ts';
import type { CostLimits, Price } from '../pricing/priced.ts';

/** The refusal of an operation over a limit, with everything a client needs to make it cheaper. */
export function refuse(price: Price, limits: CostLimits): GraphQLError | undefined {
  const { points, credits, depth, isTruncated } = price;
  const { pointsMax, creditsMax, depthMax } = limits;
  if (points <= pointsMax && credits <= creditsMax && !isTruncated) return undefined;
  const atLeast = isTruncated ? 'at least ' : '';
  const tooDeep = depth > depthMax ? ` It is more than ${depthMax} levels deep.` : '';
  return new GraphQLError(
    `The operation costs ${atLeast}${points} points and ${credits} credits; one operation may cost ${pointsMax} points and ${creditsMax} credits.${tooDeep} Ask for less at the dearest places, or in several operations.`,
    {
      extensions: {
        code: 'COST_LIMIT_EXCEEDED',
        points,
        pointsLimit: pointsMax,
        credits,
        creditsLimit: creditsMax,
        dearest: dearest(price, limits),
        http: { status: 400 },
      },
    },
  );
}

/** What both the gateway and a plan allow. */
export function limitsOf(gateway: CostLimits, { operation }: Plan): CostLimits {
  return {
    pointsMax: Math.min(gateway.pointsMax, operation.pointsMax),
    creditsMax: Math.min(gateway.creditsMax, operation.creditsMax),
    depthMax: Math.min(gateway.depthMax, operation.depthMax),
  };
}

/** The refusal of pages and of history that a plan does not include. */
export function beyondPlan(
  { largestPage, oldestDay }: Price,
  { name, pageSizeMax, historyDaysMax }: Plan,
  nowMs: number,
): GraphQLError | undefined {
  const refusalOf = (problem: string, more: object) =>
    new GraphQLError(`${problem} The plan "${name}" allows no more.`, {
      extensions: { code: 'PLAN_LIMIT_EXCEEDED', ...more, http: { status: 400 } },
    });
  if (largestPage !== undefined && largestPage.size > pageSizeMax) {
    const { size, path } = largestPage;
    return refusalOf(`Expected pages of at most ${pageSizeMax}, got ${size} at ${path}.`, {
      ...{ path, pageSize: size, pageSizeMax },
    });
  }
  if (historyDaysMax === undefined || oldestDay === undefined) return undefined;
  const first = addDays(dayOf(nowMs), 1 - historyDaysMax);
  if (oldestDay.day >= first) return undefined;
  const { day, path } = oldestDay;
  return refusalOf(`Expected days from ${first} on, got ${day} at ${path}.`, {
    ...{ path, day, oldestDay: first },
  });
}

/** The three places that use up most of whichever limit they press on. */
function dearest({ plan, pointsByPath }: Price, { pointsMax, creditsMax }: CostLimits) {
  const places = new Map<string, { path: string; points: number; credits: number }>();
  const at = (path: string) => {
    const place = places.get(path) ?? { path, points: 0, credits: 0 };
    places.set(path, place);
    return place;
  };
  for (const [path, points] of pointsByPath) at(path).points += points;
  for (const { path, requests } of plan) at(path).credits += requests;
  const share = (place: { points: number; credits: number }) =>
    Math.max(place.points / pointsMax, place.credits / creditsMax);
  return [...places.values()].sort((a, b) => share(b) - share(a)).slice(0, 3);
}
