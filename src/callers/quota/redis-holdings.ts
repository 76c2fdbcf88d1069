import type { RedisClient } from '../../redis/client.ts';
import { createScript, runScripts, type ScriptCall } from '../../redis/scripts.ts';
import type { Cost, Limits, Used } from './allowance.ts';
import type { Holding, Refund } from './local-holdings.ts';
import type { Months } from './months.ts';
import { CHARGE, REFUND } from './scripts.ts';

/** What Redis says of a charge. */
export interface Told extends Used {
  readonly isAllowed: boolean;
  readonly life: number;
  readonly msToMonthEnd: number;
}

const charge = createScript(CHARGE);
const refund = createScript(REFUND);

export function chargeCommand(
  id: string,
  cost: Cost,
  limits: Limits,
  known: Holding,
  months: Months,
): ScriptCall {
  const args = [
    limits.requestsPerMinute ?? -1,
    limits.pointsPerMinute ?? -1,
    limits.creditsPerMonth ?? -1,
    cost.points,
    cost.credits,
    known.untold === 0 ? known.life : 0,
    known.requests,
    known.points,
    known.month,
    known.credits,
    ...months,
  ];
  return { script: charge, keys: [keyOf(id)], args };
}

export function refundCommand(
  id: string,
  { requests, points, credits, month }: Refund,
): ScriptCall {
  return { script: refund, keys: [keyOf(id)], args: [requests, points, credits, month] };
}

/** All commands in one round trip; the replies in their order. Rejects where one of them fails. */
export async function sendAll(
  redis: RedisClient,
  commands: readonly ScriptCall[],
): Promise<unknown[]> {
  const replies = await runScripts(redis, commands);
  for (const reply of replies) if (reply instanceof Error) throw reply;
  return replies;
}

export function toldOf(reply: unknown): Told {
  const numbers = Array.isArray(reply) ? reply.map(Number) : [];
  if (numbers.length !== 7 || numbers.some(Number.isNaN)) {
    throw new Error('unexpected reply of the quota script');
  }
  const [isAllowed, requests = 0, points = 0, credits = 0, month = 0, life = 0, ms = 0] = numbers;
  return { isAllowed: isAllowed === 1, requests, points, credits, month, life, msToMonthEnd: ms };
}

/** The braces are a Redis Cluster hash tag: whatever else is kept of a caller can share its slot. */
function keyOf(id: string): string {
  return `assay:quota:{${id}}`;
}
