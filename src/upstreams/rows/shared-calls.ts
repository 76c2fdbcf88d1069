import type { Entry } from './entry.ts';
import { writeEntry } from './row-texts.ts';
import { CLAIM, LAND, LET_GO, RENEW, type ScriptCall } from './shared-scripts.ts';

/** Whose rows they are; neither part may hold a `}`. */
export interface SharedSet {
  readonly name: string;
  /** Another release with another shape of rows never reads these. */
  readonly shape: string;
}

/** Tokens by the key of the claim. */
export type Tokens = ReadonlyMap<string, string>;

/** The braces put all keys of a set in one slot of a cluster, so that one script may use them. */
export const tagOf = ({ name, shape }: SharedSet) => `{${name}:${shape}}`;
export const rowKey = (set: SharedSet, key: string) => `assay:rows:${tagOf(set)}:${key}`;
export const claimKey = (set: SharedSet, key: string) => `assay:claims:${tagOf(set)}:${key}`;

const keysOf = (set: SharedSet, keys: readonly string[]) => [
  ...keys.map((key) => rowKey(set, key)),
  ...keys.map((key) => claimKey(set, key)),
];

export function claimCall(
  set: SharedSet,
  keys: readonly string[],
  { nowMs, token, lockMs }: { nowMs: number; token: string; lockMs: number },
): ScriptCall {
  return { script: CLAIM, keys: keysOf(set, keys), args: [nowMs, token, lockMs] };
}

export function landCall(
  set: SharedSet,
  entries: ReadonlyMap<string, Entry>,
  { nowMs, tokens }: { nowMs: number; tokens: Tokens },
): ScriptCall {
  const args = [...entries].flatMap(([key, entry]) => {
    const text = writeEntry(entry);
    const keepMs = text === undefined ? 0 : keepMsOf(entry, nowMs);
    return [tokens.get(claimKey(set, key)) ?? '', text ?? '', keepMs];
  });
  return { script: LAND, keys: keysOf(set, [...entries.keys()]), args: [nowMs, ...args] };
}

/** How long an entry may be of use: 0 for not at all, '' for ever. */
function keepMsOf({ freshUntilMs, keptUntilMs }: Entry, nowMs: number): number | '' {
  const keepMs = Math.ceil(Math.max(freshUntilMs, keptUntilMs) - nowMs);
  if (!(keepMs > 0)) return 0;
  return Number.isSafeInteger(keepMs) ? keepMs : '';
}

export function letGoCall(tokens: Tokens, note = '', noteMs = 0): ScriptCall {
  return { script: LET_GO, keys: [...tokens.keys()], args: [note, noteMs, ...tokens.values()] };
}

export function renewCall(tokens: Tokens, lockMs: number): ScriptCall {
  return { script: RENEW, keys: [...tokens.keys()], args: [lockMs, ...tokens.values()] };
}
