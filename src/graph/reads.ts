import { GraphQLError } from 'graphql';
import type { Arguments, FieldRead } from '../pricing/field-cost.ts';
import type {
  DailyEndpoint,
  DaysEndpoint,
  EndpointName,
  HourlyEndpoint,
  IndexEndpoint,
  TokenEndpoint,
} from '../upstreams/tokenmetrics/endpoints.ts';
import { dayWindow, hourWindow } from './series.ts';

/** What a field reads of Token Metrics, in the words of the pricing. */

const upstream = 'tokenMetrics';
type Reads = (args: Arguments, at: { readonly nowMs: number }) => readonly FieldRead[];

/** The one row of each token. */
export const readsOne =
  (endpoint: TokenEndpoint): Reads =>
  () => [{ upstream, endpoint, kind: 'one' }];

/** The newest row of each token's daily series. */
export const readsLatest =
  (endpoint: DailyEndpoint): Reads =>
  () => [{ upstream, endpoint, kind: 'latest' }];

/** The days of each token's series that the arguments ask for. */
export const readsDaily =
  (endpoint: DailyEndpoint | DaysEndpoint | IndexEndpoint): Reads =>
  (args, { nowMs }) =>
    unlessRefused(() => {
      const { from, to, days } = dayWindow(args, nowMs);
      return [{ upstream, endpoint, kind: 'daily', span: days, range: `${from} ${to}` }];
    });

/** The hours of each token's series that the arguments ask for, from the newest back. */
export const readsHourly =
  (endpoint: HourlyEndpoint): Reads =>
  (args, { nowMs }) =>
    unlessRefused(() => {
      const { fromMs, hoursFromNewest } = hourWindow(args, nowMs);
      return [{ upstream, endpoint, kind: 'hourly', span: hoursFromNewest, range: String(fromMs) }];
    });

/** Whole pages of a list, the same for whoever asks with the same arguments. */
export function readsPages(
  endpoint: EndpointName,
  pagesOf: (args: Arguments, at: { readonly nowMs: number }) => number,
): Reads {
  return (args, at) =>
    unlessRefused(() => [
      {
        upstream,
        endpoint,
        kind: 'pages',
        span: pagesOf(args, at),
        shared: JSON.stringify(args),
      },
    ]);
}

/** Arguments that the resolver will refuse read nothing. */
export function unlessRefused(reads: () => readonly FieldRead[]): readonly FieldRead[] {
  try {
    return reads();
  } catch (error) {
    if (error instanceof GraphQLError) return [];
    throw error;
  }
}
