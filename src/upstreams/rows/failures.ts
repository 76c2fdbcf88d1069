import type { UpstreamError, UpstreamErrorKind } from '../errors.ts';

/** Failures that say nothing about the upstream: another operation or gateway may well succeed. */
export const isOurs = ({ kind }: UpstreamError) =>
  kind === 'cancelled' || kind === 'budget-exhausted';

const ofThisGateway: ReadonlySet<UpstreamErrorKind> = new Set([
  'auth',
  'plan-restricted',
  'network',
]);

/**
 * Failures that other gateways would meet too. A wrong key, a broken connection, and without a status
 * an open breaker or a full queue are of this one: if they were told, one sick gateway would fail the
 * requests of all.
 */
export const isOfAll = (error: UpstreamError) =>
  !isOurs(error) &&
  !ofThisGateway.has(error.kind) &&
  (error.kind !== 'unavailable' || error.status !== undefined);
