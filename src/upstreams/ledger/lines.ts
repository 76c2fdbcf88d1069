/** Who spent on what: one line of a day. */
export interface Line {
  readonly caller: string;
  readonly operation: string;
  readonly endpoint: string;
}

/** The field of the requests sent; no line's field, as those are JSON arrays. */
export const DRAWN = 'drawn';

const OTHER = '(other)';
const ANONYMOUS = '(anonymous)';
const NAME_LENGTH_MAX = 128;

/** The field of a line, then those it may be booked on where there is no room for it: rarely asked for. */
export function* fieldsOf({ caller, operation, endpoint }: Line): Generator<string> {
  const by = cut(caller);
  const of = cut(endpoint);
  yield JSON.stringify([by, cut(operation || ANONYMOUS), of]);
  yield JSON.stringify([by, OTHER, of]);
  yield JSON.stringify([OTHER, OTHER, of]);
}

/** The line of a field; `undefined` where the field is no line's. */
export function lineOf(field: string): Line | undefined {
  if (!field.startsWith('[')) return undefined;
  const names: unknown = JSON.parse(field);
  const [caller, operation, endpoint] = Array.isArray(names) ? names.map(String) : [];
  if (caller === undefined || operation === undefined || endpoint === undefined) return undefined;
  return { caller, operation, endpoint };
}

/**
 * How many lines a day may have before a field is folded, by its place in `fieldsOf`. Strangers choose
 * operations first and callers second; the last tenth is for endpoints, which are few and ours.
 */
export function roomsOf(linesMax: number): readonly number[] {
  return [Math.floor(linesMax * 0.8), Math.floor(linesMax * 0.9)];
}

/** Not within a surrogate pair: half a character could not be written as UTF-8. */
function cut(name: string): string {
  if (name.length <= NAME_LENGTH_MAX) return name;
  const short = name.slice(0, NAME_LENGTH_MAX);
  return /[\uD800-\uDBFF]$/.test(short) ? short.slice(0, -1) : short;
}
