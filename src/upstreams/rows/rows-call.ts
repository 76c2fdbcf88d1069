import type { RedisClient } from '../../redis/client.ts';
import { runScript, runScripts, type Script, type ScriptCall } from '../../redis/scripts.ts';

/** A script for many rows, each of which brings keys of one slot and arguments. */
export interface RowsCall {
  readonly script: Script;
  /** Before those of the rows. */
  readonly args: readonly (string | number)[];
  readonly rows: readonly RowPart[];
}

interface RowPart {
  readonly keys: readonly [string, ...string[]];
  readonly args: readonly (string | number)[];
}

/**
 * One command; in a Cluster one for each slot, together. A reply that is a list has as many values for
 * each row, in the order of the rows. Rejects where any part of it failed.
 */
export async function runRows(
  redis: RedisClient,
  call: RowsCall,
  isGivenUp?: () => boolean,
): Promise<unknown> {
  if (!redis.isCluster) return runScript(redis, scriptCall(call, call.rows), isGivenUp);
  const slots = bySlot(call.rows);
  const calls = slots.map((rows) => scriptCall(call, [...rows.values()]));
  const replies = await runScripts(redis, calls, isGivenUp);
  const values: unknown[][] = call.rows.map(() => []);
  for (const [index, rows] of slots.entries()) {
    const reply = replies[index];
    if (reply instanceof Error) throw reply;
    if (!Array.isArray(reply)) continue;
    const each = reply.length / rows.size;
    for (const at of rows.keys()) values[at] = reply.splice(0, each);
  }
  return values.flat();
}

/** Rows by their place in the call, for each slot of a Cluster. */
function bySlot(rows: readonly RowPart[]): readonly ReadonlyMap<number, RowPart>[] {
  const slots = new Map<string, Map<number, RowPart>>();
  for (const [at, row] of rows.entries()) {
    const [key] = row.keys;
    // All before the end of the hash tag is alike where the tag is.
    const slot = key.slice(0, key.indexOf('}'));
    const others = slots.get(slot) ?? new Map<number, RowPart>();
    slots.set(slot, others.set(at, row));
  }
  return [...slots.values()];
}

function scriptCall({ script, args }: RowsCall, rows: readonly RowPart[]): ScriptCall {
  return {
    script,
    keys: rows.flatMap(({ keys }) => keys),
    args: [...args, ...rows.flatMap((row) => row.args)],
  };
}
