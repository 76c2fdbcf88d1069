import { HOUR_MS } from '../../calendar.ts';
import type { Lifetime } from '../rows/row-set.ts';
import type { Endpoint } from './endpoints.ts';

/** Lifetimes an operator sets for an endpoint, in seconds. */
export interface LifetimeSeconds {
  readonly fresh: number;
  readonly revalidate?: number | undefined;
  readonly standIn?: number | undefined;
}
/** By the endpoint's path. */
export type LifetimeSettings = ReadonlyMap<string, LifetimeSeconds>;

/** A token that is listed, or a row that is written late, is found out within this time. */
const absentMs = HOUR_MS;
/** A day that is over and has no row will hardly get one. */
const settledAbsentMs = 24 * HOUR_MS;
/** The minute of an hour at which the rows of the hour before are complete. */
const rebuiltAtMs = 10 * 60_000;

/** A stale value stands in for a dozen of its lifetimes, within what is still of use. */
const standInLifetimes = 12;
const standInMinMs = HOUR_MS;
const standInMaxMs = 7 * 24 * HOUR_MS;

export interface Aged {
  /** Whether the upstream has no row. */
  readonly isAbsent: boolean;
  /** Whether the row is of a day that can change no more. */
  readonly isSettled?: boolean;
}

/** How long a row of an endpoint is good for. */
export type LifetimeOf = (aged: Aged, nowMs: number) => Lifetime;

export function createLifetimeOf(
  endpoint: Pick<Endpoint, 'freshSeconds' | 'isHourly'>,
  settings: LifetimeSeconds | undefined,
): LifetimeOf {
  const ownMs = (settings?.fresh ?? endpoint.freshSeconds) * 1000;
  const isPunctual = settings === undefined && endpoint.isHourly === true;
  const freshMsAt = (nowMs: number) => (isPunctual ? untilRebuilt(nowMs) : ownMs);

  return ({ isAbsent, isSettled = false }, nowMs) => {
    if (isSettled && !isAbsent) return forEver;
    const currentMs = freshMsAt(nowMs);
    const freshMs = !isAbsent
      ? currentMs
      : isSettled
        ? Math.max(currentMs, settledAbsentMs)
        : Math.min(currentMs, absentMs);
    const standInMs = Math.min(standInMaxMs, Math.max(standInMinMs, standInLifetimes * ownMs));
    return {
      freshMs,
      ...(isPunctual ? { isPunctual } : {}),
      revalidateMs: settings?.revalidate === undefined ? ownMs : settings.revalidate * 1000,
      standInMs: settings?.standIn === undefined ? standInMs : settings.standIn * 1000,
    };
  };
}

const forEver: Lifetime = { freshMs: Infinity, revalidateMs: 0, standInMs: 0 };

/** Milliseconds until the rows of the hour that is running are complete: a few minutes after it. */
function untilRebuilt(nowMs: number): number {
  const sinceMs = (nowMs - rebuiltAtMs) % HOUR_MS;
  return HOUR_MS - sinceMs;
}
