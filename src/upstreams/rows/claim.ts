import type { UpstreamError } from '../errors.ts';
import type { Entry } from './entry.ts';
import { readEntry, readFailure } from './row-texts.ts';

/** What is known of a key that nobody else is fetching. */
export type SettledClaim<Value = unknown> =
  /** Fresh in Redis, or not to be asked for again yet. */
  | { readonly kind: 'kept'; readonly entry: Entry<Value> }
  /** This process is to fetch it, and to land or fail it; a stale entry may be there to fall back on. */
  | { readonly kind: 'mine'; readonly stale?: Entry<Value> }
  /** Another process has just failed to fetch it. */
  | { readonly kind: 'failed'; readonly error: UpstreamError; readonly stale?: Entry<Value> };

export type Claim<Value = unknown> =
  | SettledClaim<Value>
  /** Another process is fetching it right now. */
  | { readonly kind: 'theirs'; readonly stale?: Entry<Value> };

/** A claim from what the script answers; what cannot be read is as good as not there. */
export function readClaim<Value>([kind, text, note]: readonly unknown[]): Claim<Value> {
  const entry = readEntry<Value>(String(text));
  if (kind === 'kept' && entry !== undefined) return { kind, entry };
  const stale = entry === undefined ? {} : { stale: entry };
  if (kind === 'theirs') return { kind, ...stale };
  const error = kind === 'failed' ? readFailure(String(note)) : undefined;
  return error === undefined ? { kind: 'mine', ...stale } : { kind: 'failed', error, ...stale };
}
