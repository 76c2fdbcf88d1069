import { createHash } from 'node:crypto';
import type { RedisClient } from './client.ts';
import { counted, isScriptMissing, useOf } from './round-trips.ts';

/** What a server does in one step. It is told the text once: afterwards its hash goes over the wire. */
export interface Script {
  readonly text: string;
  readonly sha1: string;
}

export interface ScriptCall {
  readonly script: Script;
  /** In a Cluster, of one slot. */
  readonly keys: readonly string[];
  readonly args: readonly (string | number)[];
}

export function createScript(text: string): Script {
  return { text, sha1: createHash('sha1').update(text).digest('hex') };
}

/** All calls in one round trip: the reply or the error of each, in their order. */
export async function runScripts(
  redis: RedisClient,
  calls: readonly ScriptCall[],
  isGivenUp = () => false,
): Promise<unknown[]> {
  const replies = await sendAll(redis, calls, true);
  // A server that was restarted has forgotten the scripts. It did nothing of what they were to do.
  const missing = calls.filter((_, index) => isScriptMissing(replies[index]));
  if (missing.length === 0 || isGivenUp()) return replies;
  const again = await sendAll(redis, missing, false);
  return replies.map((reply) => (isScriptMissing(reply) ? again.shift() : reply));
}

/** The reply of one call. Where nobody waits any more, a script that is not known is not told. */
export async function runScript(
  redis: RedisClient,
  call: ScriptCall,
  isGivenUp = () => false,
): Promise<unknown> {
  try {
    return await sendOne(redis, call, true);
  } catch (error) {
    if (!isScriptMissing(error) || isGivenUp()) throw error;
    return sendOne(redis, call, false);
  }
}

function sendOne(redis: RedisClient, call: ScriptCall, isKnown: boolean): Promise<unknown> {
  return counted(redis, useOfCall(call), send(redis, call, isKnown));
}

async function sendAll(
  redis: RedisClient,
  calls: readonly ScriptCall[],
  isKnown: boolean,
): Promise<unknown[]> {
  const sentAt = performance.now();
  let replies: unknown[];
  if (redis.isCluster) {
    // A pipeline goes to one node of a Cluster, and does not follow a slot that has moved alone.
    replies = await Promise.all(
      calls.map((call) => send(redis, call, isKnown).catch((error: unknown) => error)),
    );
  } else {
    const pipeline = redis.pipeline();
    for (const call of calls) send(pipeline, call, isKnown);
    replies = ((await pipeline.exec()) ?? []).map(([error, reply]) => error ?? reply);
  }
  const use = useOfCall(calls[0]);
  if (use !== undefined) redis.roundTrips?.count(use, replies, performance.now() - sentAt);
  return replies;
}

const useOfCall = (call: ScriptCall | undefined) => call && useOf(call.keys[0] ?? '');

type Command<Answer> = (text: string, keyCount: number, ...more: (string | number)[]) => Answer;

function send<Answer>(
  to: { readonly evalsha: Command<Answer>; readonly eval: Command<Answer> },
  { script: { text, sha1 }, keys, args }: ScriptCall,
  isKnown: boolean,
): Answer {
  return isKnown
    ? to.evalsha(sha1, keys.length, ...keys, ...args)
    : to.eval(text, keys.length, ...keys, ...args);
}
