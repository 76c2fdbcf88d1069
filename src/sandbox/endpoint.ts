import type { DataSet } from './data/data-set.ts';
import type { Parameter } from './parameters.ts';
import type { Query } from './query.ts';

/** What a column of a row may hold. */
export type Json =
  string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** One row as the vendor spells it. */
export type Row = Readonly<Record<string, Json>>;

/** The data as one request sees them. */
export interface World {
  readonly data: DataSet;
  /** The moment the newest rows belong to, in milliseconds. */
  readonly nowMs: number;
  /** Stands for the order of ties: the same salt, the same order. */
  readonly salt: number;
  /** Tokens that are left out of every answer. */
  readonly missing: ReadonlySet<number>;
}

/** One path of the API, declared. Everything that paths have in common is elsewhere, once. */
export interface Endpoint {
  readonly path: string;
  /** Parameters that are read; all others are ignored in silence. */
  readonly parameters: Readonly<Record<string, Parameter>>;
  /** In the order of the answer, before paging. A row that paging skips is never built. */
  readonly rows: (query: Query, world: World) => Iterable<() => Row>;
}
