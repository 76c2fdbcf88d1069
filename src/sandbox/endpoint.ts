import type { Answer } from './answer.ts';
import type { DataSet } from './data/data-set.ts';
import type { Parameter } from './parameters.ts';
import type { Query } from './query.ts';

/** What a column of a row may hold. */
export type Json =
  string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** One row as the vendor spells it. */
export type Row = Readonly<Record<string, Json>>;

/** What the vendor has changed over time, or does for some plans only. */
export interface Settings {
  /** How many days back candles may be asked for; Infinity for all history. */
  readonly candleDaysMax: number;
  /** What a price prediction is: scenarios since August 2025, a week of forecasts before. */
  readonly pricePrediction: 'scenarios' | 'forecasts';
}

/** The data as one request sees them. */
export interface World {
  readonly data: DataSet;
  /** The moment the newest rows belong to, in milliseconds. */
  readonly nowMs: number;
  /** Stands for the order of ties: the same salt, the same order. */
  readonly salt: number;
  /** Tokens that are left out of every answer. */
  readonly missing: ReadonlySet<number>;
  readonly settings: Settings;
}

/** What every path declares. Everything that paths have in common is elsewhere, once. */
interface Declaration {
  readonly path: string;
  /** Parameters that are read; all others are ignored in silence. */
  readonly parameters: Readonly<Record<string, Parameter>>;
  /** Whether parameters that are well formed are also allowed; 400 where not. */
  readonly accepts?: (query: Query, world: World) => boolean;
}

/** A path that answers rows. */
export interface RowsEndpoint extends Declaration {
  /** In the order of the answer, before paging. A row that paging skips is never built. */
  readonly rows: (query: Query, world: World) => Iterable<() => Row>;
}

/** A path that answers something else, perhaps to a body. */
export interface ReplyEndpoint extends Declaration {
  /** GET where it says nothing. */
  readonly method?: 'POST';
  readonly reply: (query: Query, world: World, body: string) => Answer;
}

/** One path of the API, declared. */
export type Endpoint = RowsEndpoint | ReplyEndpoint;
