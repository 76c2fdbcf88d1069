import { dayOf } from '../calendar.ts';
import {
  DirectiveLocation,
  type GraphQLField,
  GraphQLBoolean,
  GraphQLDirective,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  GraphQLString,
  getNamedType,
  isCompositeType,
} from 'graphql';

/** The arguments of a field as its resolver receives them. */
export type Arguments = Readonly<Record<string, unknown>>;

/** What a field asks of an upstream, for each of the objects it is a field of. */
export interface FieldRead {
  readonly upstream: string;
  readonly endpoint: string;
  readonly kind: 'one' | 'latest' | 'daily' | 'hourly' | 'symbol' | 'name' | 'each' | 'pages';
  /** Keys named by the field's arguments; without it, the parent object is the one key. */
  readonly keys?: number;
  /** Days, hours or pages per key; default 1. */
  readonly span?: number;
  /** Distinguishes reads that cannot share a request: a date range, say. */
  readonly range?: string;
  /** The same for reads that are one, whoever asks: a page of a list, say. */
  readonly shared?: string;
}

/** The oldest day a read of a series asks for; its range begins with it, or with an instant in milliseconds. */
export function firstDayOf({ range }: FieldRead): string | undefined {
  if (range === undefined) return undefined;
  if (/^\d{4}-\d{2}-\d{2} /.test(range)) return range.slice(0, 10);
  return /^\d{12,14}$/.test(range) ? dayOf(Number(range)) : undefined;
}

export interface ListSize {
  /** Items when no slicing argument is given. */
  readonly assumedSize: number;
  /** Arguments whose value, or whose length, is the number of items. */
  readonly slicingArguments?: readonly string[];
  /** Fields of the returned object that are the list; without them the field itself is. */
  readonly sizedFields?: readonly string[];
  /** More is refused by the resolver, so that no price above it is ever paid. */
  readonly max?: number;
  /** Of a list that is usually short: as many as it may have, for credits, which are a promise. */
  readonly atWorst?: number;
}

/** `limit` times per `duration` seconds, for each caller. */
export interface RateLimit {
  readonly limit: number;
  readonly duration: number;
}

export interface FieldCost {
  /** What a caller's plan must hold for the field to be read. */
  readonly scope?: string;
  /** Points for each object the field returns; default 1 for objects, 0 for scalars and enums. */
  readonly weight?: number;
  readonly listSize?: ListSize;
  readonly reads?: (args: Arguments, at: { readonly nowMs: number }) => readonly FieldRead[];
  /** The endpoint whose rows the returned objects are made of. */
  readonly bornOf?: string;
  /** Objects born of these endpoints have the field already: nothing is read for them. */
  readonly freeWhenBornOf?: readonly string[];
  readonly rateLimit?: RateLimit;
}

declare module 'graphql' {
  // The names of graphql's own type parameters.

  interface GraphQLFieldExtensions<_TSource, _TContext, _TArgs> {
    cost?: FieldCost | undefined;
  }
}

/** `@cost`, as other gateways read it: points for each object a field returns. */
export const costDirective = new GraphQLDirective({
  name: 'cost',
  description:
    'Points for each value the field returns. Without it: 1 for an object, 0 for a scalar or enum.',
  locations: [DirectiveLocation.FIELD_DEFINITION],
  args: { weight: { type: new GraphQLNonNull(GraphQLInt) } },
});

const names = new GraphQLList(new GraphQLNonNull(GraphQLString));

/** `@listSize`, as other gateways read it: how many items a list is priced with. */
export const listSizeDirective = new GraphQLDirective({
  name: 'listSize',
  description:
    'How many items a list is priced with: the largest of the slicing arguments (a number, or the length of a list), otherwise the assumed size.',
  locations: [DirectiveLocation.FIELD_DEFINITION],
  args: {
    assumedSize: { type: GraphQLInt },
    slicingArguments: { type: names },
    sizedFields: { type: names },
    requireOneSlicingArgument: { type: GraphQLBoolean, defaultValue: true },
  },
});

/** `@requiresScope`: the field is FORBIDDEN to callers whose plan does not hold the scope. */
export const requiresScopeDirective = new GraphQLDirective({
  name: 'requiresScope',
  description: "The scope a caller's plan must hold; without it the field is `FORBIDDEN`.",
  locations: [DirectiveLocation.FIELD_DEFINITION],
  args: { scope: { type: new GraphQLNonNull(GraphQLString) } },
});

/** Points for each value of a field. */
export function weightOf(field: GraphQLField<unknown, unknown>): number {
  return field.extensions.cost?.weight ?? (isCompositeType(getNamedType(field.type)) ? 1 : 0);
}

/** Items of a list for these arguments: the largest slicing argument, or the assumed size. */
export function sizeOf(listSize: ListSize, args: Arguments): number {
  const sizes = (listSize.slicingArguments ?? []).flatMap((name) => {
    const value = args[name];
    if (typeof value === 'number') return [value];
    return Array.isArray(value) ? [value.length] : [];
  });
  const size = sizes.length === 0 ? listSize.assumedSize : Math.max(...sizes);
  return Math.min(Math.max(size, 0), listSize.max ?? Infinity);
}

/** A field's price as options of its definition: read by the pricing, printed in the SDL. */
export function priced(cost: FieldCost) {
  const { weight, listSize, rateLimit, scope } = cost;
  return {
    extensions: { cost },
    directives: {
      ...(weight === undefined ? {} : { cost: { weight } }),
      ...(listSize === undefined
        ? {}
        : {
            listSize: {
              assumedSize: listSize.assumedSize,
              ...(listSize.slicingArguments === undefined
                ? {}
                : { slicingArguments: [...listSize.slicingArguments] }),
              ...(listSize.sizedFields === undefined
                ? {}
                : { sizedFields: [...listSize.sizedFields] }),
              requireOneSlicingArgument: false,
            },
          }),
      ...(rateLimit === undefined ? {} : { rateLimit }),
      ...(scope === undefined ? {} : { requiresScope: { scope } }),
    },
  };
}
