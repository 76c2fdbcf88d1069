import type { Exchange, LimitName } from './many-callers-client.ts';

/**
 * What limits allow, reckoned from what clients saw alone. A bucket of `limit` a minute begins full, so
 * any window of it admits `limit` and what came back within it. When a request was decided on is only
 * known to lie between its sending and its answer; every doubt is decided in favour of the gateway.
 */

export interface PlanLimits {
  readonly requestsPerMinute?: number;
  readonly pointsPerMinute?: number;
  readonly creditsPerMonth?: number;
}

export interface Verdict {
  /** The most that was admitted beyond a limit; below 0 where all stayed within it. */
  readonly excess: Readonly<Record<LimitName, number>>;
  /** Refusals although the limit that they name had enough left for sure. */
  readonly unjustified: readonly Exchange[];
}

/** When what an answer gave back has arrived for sure, where other gateways count. */
export type SettledMs = (exchange: Exchange) => number;

/** By so much the clocks of servers and of this process may drift apart within a minute. */
export const slackMs = 50;

type Cost = (exchange: Exchange) => number;
const costs = {
  requests: () => 1,
  points: ({ operation }: Exchange) => operation.points,
} as const;

export interface Allowed {
  readonly limits: PlanLimits;
  /** Months of which there were credits. */
  readonly months: number;
}

export function judge(
  exchanges: readonly Exchange[],
  { limits, months }: Allowed,
  settledMs: SettledMs,
): Verdict {
  const { requestsPerMinute = Infinity, pointsPerMinute = Infinity } = limits;
  const { creditsPerMonth = Infinity } = limits;
  const admitted = exchanges.filter(({ refusal }) => refusal === undefined);
  const refusedBy = (name: LimitName) => exchanges.filter(({ refusal }) => refusal?.by === name);
  return {
    excess: {
      requests: excessOf(admitted, costs.requests, requestsPerMinute),
      points: excessOf(admitted, costs.points, pointsPerMinute),
      credits: overspendingOf(admitted, creditsPerMonth * months),
    },
    unjustified: [
      ...roomFor(refusedBy('requests'), admitted, costs.requests, requestsPerMinute),
      ...roomFor(refusedBy('points'), admitted, costs.points, pointsPerMinute),
      ...creditsFor(refusedBy('credits'), admitted, { limit: creditsPerMonth, settledMs }),
    ],
  };
}

const bySent = (a: Exchange, b: Exchange) => a.sentMs - b.sentMs;
const byReceived = (a: Exchange, b: Exchange) => a.receivedMs - b.receivedMs;

/** The window that holds the most beyond what it may: only what lies in it whole is counted. */
function excessOf(admitted: readonly Exchange[], costOf: Cost, limit: number): number {
  if (limit === Infinity) return -Infinity;
  const answered = admitted.toSorted(byReceived);
  let most = -limit;
  for (const { sentMs: beginMs } of admitted) {
    let sum = 0;
    for (const exchange of answered) {
      if (exchange.sentMs < beginMs) continue;
      sum += costOf(exchange);
      const elapsedMs = exchange.receivedMs - beginMs + slackMs;
      most = Math.max(most, sum - limit - (limit / 60_000) * elapsedMs);
    }
  }
  return most;
}

/**
 * Refusals that had room: as if all was taken at its answer, so that the least has come back, and all
 * that was under way was taken before.
 */
function roomFor(
  refused: readonly Exchange[],
  admitted: readonly Exchange[],
  costOf: Cost,
  limit: number,
): Exchange[] {
  const answered = admitted.toSorted(byReceived);
  let missing = 0;
  let [atMs, next] = [0, 0];
  const pass = (ms: number) => {
    missing = Math.max(0, missing - (limit / 60_000) * (ms - atMs));
    atMs = ms;
  };
  return refused.toSorted(bySent).filter((refusal) => {
    let last = answered[next];
    for (; last && last.receivedMs <= refusal.sentMs; last = answered[(next += 1)]) {
      pass(last.receivedMs);
      missing += costOf(last);
    }
    pass(refusal.sentMs);
    const underWay = answered
      .slice(next)
      .filter(({ sentMs }) => sentMs <= refusal.receivedMs)
      .reduce((sum, exchange) => sum + costOf(exchange), 0);
    const slack = (limit / 60_000) * slackMs;
    return missing + underWay + costOf(refusal) + slack <= limit;
  });
}

/** Credits kept of what was answered, and the whole estimate of what was admitted on top. */
function overspendingOf(admitted: readonly Exchange[], limit: number): number {
  if (limit === Infinity) return -Infinity;
  const answered = admitted.toSorted(byReceived);
  let kept = 0;
  let next = 0;
  let most = -limit;
  for (const { sentMs, operation } of admitted.toSorted(bySent)) {
    for (let last = answered[next]; last && last.receivedMs <= sentMs; last = answered[next]) {
      kept += last.creditsKept;
      next += 1;
    }
    // What costs nothing is admitted whatever is left.
    if (operation.credits > 0) most = Math.max(most, kept + operation.credits - limit);
  }
  const all = admitted.reduce((sum, { creditsKept }) => sum + creditsKept, 0);
  return Math.max(most, all - limit);
}

function creditsFor(
  refused: readonly Exchange[],
  admitted: readonly Exchange[],
  { limit, settledMs }: { readonly limit: number; readonly settledMs: SettledMs },
): Exchange[] {
  const known = admitted.map((exchange) => ({ exchange, settled: settledMs(exchange) }));
  return refused.filter((refusal) => {
    const used = known.reduce((sum, { exchange, settled }) => {
      if (exchange.sentMs > refusal.receivedMs) return sum;
      const isHere = exchange.gateway === refusal.gateway;
      const isSettled = (isHere ? exchange.receivedMs : settled) <= refusal.sentMs;
      return sum + (isSettled ? exchange.creditsKept : exchange.operation.credits);
    }, 0);
    return used + refusal.operation.credits <= limit;
  });
}

/**
 * What a gateway gives back goes out before what it charges later, so it has arrived once that gateway
 * has answered anything that was sent after.
 */
export function settlementsOf(exchanges: readonly Exchange[]): SettledMs {
  const byGateway = new Map<number, { sentMs: number; firstMs: number }[]>();
  for (const { gateway, sentMs, receivedMs } of exchanges.toSorted(bySent).reverse()) {
    const later = byGateway.get(gateway) ?? [];
    byGateway.set(gateway, later);
    later.push({ sentMs, firstMs: Math.min(receivedMs, later.at(-1)?.firstMs ?? Infinity) });
  }
  // Sent later and later, with the first answer from there on.
  for (const later of byGateway.values()) later.reverse();
  return ({ gateway, receivedMs }) => {
    const later = byGateway.get(gateway) ?? [];
    let [low, high] = [0, later.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((later[middle]?.sentMs ?? Infinity) > receivedMs) high = middle;
      else low = middle + 1;
    }
    return later[low]?.firstMs ?? Infinity;
  };
}
