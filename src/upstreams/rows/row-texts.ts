import { UpstreamError, type UpstreamErrorKind } from '../errors.ts';
import type { Entry } from './entry.ts';

/** How entries and failures are written where gateways share them. */

/** Four instants and a value: `<fetched> <fresh until> <kept until> <ask again, or 0> <JSON>`. */
const entryText = /^(\S+) (\S+) (\S+) (\S+) (.*)$/s;

/**
 * Numbers before the value, so that a script of Redis reads them without parsing rows. `undefined`
 * for a value that JSON cannot hold.
 */
export function writeEntry(entry: Entry): string | undefined {
  const { value, fetchedAtMs, freshUntilMs, keptUntilMs, askAgainAtMs = 0 } = entry;
  try {
    // Typed as a string, it is `undefined` for `undefined`.
    const json: unknown = JSON.stringify(value);
    if (typeof json !== 'string') return undefined;
    return `${fetchedAtMs} ${freshUntilMs} ${keptUntilMs} ${askAgainAtMs} ${json}`;
  } catch {
    return undefined;
  }
}

/** `undefined` for a text that is none of ours. */
export function readEntry<Value>(text: string): Entry<Value> | undefined {
  const [, ...parts] = entryText.exec(text) ?? [];
  const instants = parts.slice(0, 4).map(Number);
  const value = parse(parts[4] ?? '');
  if (instants.some(Number.isNaN) || !isVouchedFor<Value>(value)) return undefined;
  const [fetchedAtMs = 0, freshUntilMs = 0, keptUntilMs = 0, askAgainAtMs = 0] = instants;
  const entry = { value, fetchedAtMs, freshUntilMs, keptUntilMs };
  return askAgainAtMs === 0 ? entry : { ...entry, askAgainAtMs };
}

/** The set's shape, part of every key, vouches for the fields: they are not looked at row by row. */
const isVouchedFor = <Value>(value: unknown): value is Value | null => value !== undefined;

export function writeFailure(error: UpstreamError): string {
  const { upstream, endpoint, kind, status, retryAfterSeconds } = error;
  return JSON.stringify({ upstream, endpoint, kind, status, retryAfterSeconds });
}

/** `undefined` for a text that is none of ours. */
export function readFailure(text: string): UpstreamError | undefined {
  const note = parse(text);
  if (typeof note !== 'object' || note === null) return undefined;
  const { upstream, endpoint, kind, status, retryAfterSeconds }: Note = note;
  if (typeof upstream !== 'string' || typeof endpoint !== 'string') return undefined;
  if (!isKind(kind)) return undefined;
  return new UpstreamError({
    upstream,
    endpoint,
    kind,
    status: typeof status === 'number' ? status : undefined,
    retryAfterSeconds: typeof retryAfterSeconds === 'number' ? retryAfterSeconds : undefined,
  });
}

interface Note {
  readonly upstream?: unknown;
  readonly endpoint?: unknown;
  readonly kind?: unknown;
  readonly status?: unknown;
  readonly retryAfterSeconds?: unknown;
}

const kinds: Readonly<Record<UpstreamErrorKind, true>> = {
  timeout: true,
  network: true,
  unavailable: true,
  'rate-limited': true,
  auth: true,
  'plan-restricted': true,
  rejected: true,
  withdrawn: true,
  'bad-data': true,
  'budget-exhausted': true,
  cancelled: true,
};
const isKind = (kind: unknown): kind is UpstreamErrorKind =>
  typeof kind === 'string' && Object.hasOwn(kinds, kind);

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
