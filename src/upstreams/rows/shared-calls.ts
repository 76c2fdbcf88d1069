import type { Entry } from './entry.ts';
import { writeEntry } from './row-texts.ts';
import type { RowsCall } from './rows-call.ts';
import { CLAIM, LAND, LET_GO, RENEW } from './shared-scripts.ts';

/** Whose rows they are; neither part may hold a `}`. */
export interface SharedSet {
  readonly name: string;
  /** Another release with another shape of rows never reads these. */
  readonly shape: string;
}

/** Tokens by the key of the claim. */
export type Tokens = ReadonlyMap<string, string>;

/**
 * The slots of a Cluster that a set is in. All of it in one would be all on one node; a slot for each
 * row would take as many commands as there are rows.
 */
const SLOTS_PER_SET = 16;

export const nameOf = ({ name, shape }: SharedSet) => `${name}:${shape}`;
/** Of one row both are in one slot, by what is in the braces. */
export const rowKey = (set: SharedSet, key: string) => `assay:rows:${tagOf(set, key)}:${key}`;
export const claimKey = (set: SharedSet, key: string) => `assay:claims:${tagOf(set, key)}:${key}`;

function tagOf(set: SharedSet, key: string): string {
  let sum = 0;
  // A prime modulus: the last digit alone must not decide.
  for (let at = 0; at < key.length; at += 1) sum = (sum * 31 + key.charCodeAt(at)) % 8191;
  return `{${nameOf(set)}:${sum % SLOTS_PER_SET}}`;
}

export function claimCall(
  set: SharedSet,
  keys: readonly string[],
  { nowMs, token, lockMs }: { nowMs: number; token: string; lockMs: number },
): RowsCall {
  return {
    script: CLAIM,
    args: [nowMs, token, lockMs],
    rows: keys.map((key) => ({ keys: [rowKey(set, key), claimKey(set, key)], args: [] })),
  };
}

export function landCall(
  set: SharedSet,
  entries: ReadonlyMap<string, Entry>,
  { nowMs, tokens }: { nowMs: number; tokens: Tokens },
): RowsCall {
  const rows = Array.from(entries, ([key, entry]): RowsCall['rows'][number] => {
    const text = writeEntry(entry);
    const keepMs = text === undefined ? 0 : keepMsOf(entry, nowMs);
    const claim = claimKey(set, key);
    return { keys: [rowKey(set, key), claim], args: [tokens.get(claim) ?? '', text ?? '', keepMs] };
  });
  return { script: LAND, args: [nowMs], rows };
}

/** How long an entry may be of use: 0 for not at all, '' for ever. */
function keepMsOf({ freshUntilMs, keptUntilMs }: Entry, nowMs: number): number | '' {
  const keepMs = Math.ceil(Math.max(freshUntilMs, keptUntilMs) - nowMs);
  if (!(keepMs > 0)) return 0;
  return Number.isSafeInteger(keepMs) ? keepMs : '';
}

export function letGoCall(tokens: Tokens, note = '', noteMs = 0): RowsCall {
  return { script: LET_GO, args: [note, noteMs], rows: claimsOf(tokens) };
}

export function renewCall(tokens: Tokens, lockMs: number): RowsCall {
  return { script: RENEW, args: [lockMs], rows: claimsOf(tokens) };
}

function claimsOf(tokens: Tokens): RowsCall['rows'] {
  return Array.from(tokens, ([claim, token]) => ({ keys: [claim], args: [token] }));
}
