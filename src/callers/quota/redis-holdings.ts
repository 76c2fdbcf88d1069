import { createHash } from 'node:crypto';
import type { ChainableCommander, Redis } from 'ioredis';
import type { Cost, Limits, Used } from './allowance.ts';
import type { Holding, Refund } from './local-holdings.ts';
import type { Months } from './months.ts';
import { CHARGE, REFUND } from './scripts.ts';

/** A command to a caller's hash. */
export interface Command {
  readonly script: Script;
  readonly id: string;
  readonly args: readonly number[];
}

interface Script {
  readonly source: string;
  readonly sha1: string;
}

/** What Redis says of a charge. */
export interface Told extends Used {
  readonly isAllowed: boolean;
  readonly life: number;
  readonly msToMonthEnd: number;
}

const charge = scriptOf(CHARGE);
const refund = scriptOf(REFUND);

export function chargeCommand(
  id: string,
  cost: Cost,
  limits: Limits,
  known: Holding,
  months: Months,
): Command {
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
  return { script: charge, id, args };
}

export function refundCommand(id: string, { requests, points, credits, month }: Refund): Command {
  return { script: refund, id, args: [requests, points, credits, month] };
}

/** All commands in one write; the replies in their order. Rejects where one of them fails. */
export async function sendAll(redis: Redis, commands: readonly Command[]): Promise<unknown[]> {
  const replies = await exec(redis, commands, (pipeline, { script, id, args }) =>
    pipeline.evalsha(script.sha1, 1, keyOf(id), ...args),
  );
  // A server that was restarted has forgotten the scripts. It did nothing of what they were to do.
  const missing = commands.filter((_, index) => isScriptMissing(replies[index]));
  const again = await (missing.length === 0
    ? []
    : exec(redis, missing, (pipeline, { script, id, args }) =>
        pipeline.eval(script.source, 1, keyOf(id), ...args),
      ));
  return replies.map((reply) => {
    const final = isScriptMissing(reply) ? again.shift() : reply;
    if (final instanceof Error) throw final;
    return final;
  });
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

function scriptOf(source: string): Script {
  return { source, sha1: createHash('sha1').update(source).digest('hex') };
}

async function exec(
  redis: Redis,
  commands: readonly Command[],
  enqueue: (pipeline: ChainableCommander, command: Command) => void,
): Promise<unknown[]> {
  const pipeline = redis.pipeline();
  for (const command of commands) enqueue(pipeline, command);
  const replies = (await pipeline.exec()) ?? [];
  return replies.map(([error, reply]) => error ?? reply);
}

function isScriptMissing(reply: unknown): boolean {
  return reply instanceof Error && reply.message.startsWith('NOSCRIPT');
}
