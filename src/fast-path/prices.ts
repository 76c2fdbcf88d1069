import { getNamedType, GraphQLID, type GraphQLSchema, typeFromAST } from 'graphql';
import { LRUCache } from 'lru-cache';
import { decodeGlobalId } from '../graph/global-id.ts';
import { priceOperation } from '../pricing/price.ts';
import type { CostLimits, Price } from '../pricing/priced.ts';
import type { RequestsFor } from '../pricing/read-plan.ts';
import { remembering } from '../remembering.ts';
import type { KnownOperation } from './known-operations.ts';

export interface PricesOptions {
  readonly schema: GraphQLSchema;
  readonly requestsFor: RequestsFor;
}

type Variables = Readonly<Record<string, unknown>>;

interface Priced {
  readonly price: Price;
  readonly depthMax: number;
  readonly atMs: number;
}

/** What was priced a moment ago is not priced again; the upstream's ways change more slowly. */
const pricedForMs = 1000;
const pricesMax = 10_000;

/** Prices known operations: those that differ in nothing but which things they ask for, once. */
export function createPrices({ schema, requestsFor }: PricesOptions) {
  const prices = new LRUCache<string, Priced>({ max: pricesMax });

  /** Names what a price depends on: of ids, how many there are, of which kinds, and which are the same. */
  function priceKeyOf({ id, operation }: KnownOperation, variables: Variables): string {
    let key = `${id}`;
    const ordinals = new Map<unknown, string>();
    const anonymous = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(anonymous);
      if (typeof value !== 'string') return value;
      const known = ordinals.get(value);
      if (known !== undefined) return known;
      const name = `${kindOf(value)} ${ordinals.size}`;
      ordinals.set(value, name);
      return name;
    };
    for (const { variable, type } of operation.variableDefinitions ?? []) {
      const value = variables[variable.name.value];
      if (value === undefined) continue;
      const isId = getNamedType(typeFromAST(schema, type)) === GraphQLID;
      key += ` ${variable.name.value}=${JSON.stringify(isId ? anonymous(value) : value)}`;
    }
    return key;
  }

  /** How an operation with these variables is priced, as of an instant. */
  return (known: KnownOperation, variables: Variables) => {
    const key = priceKeyOf(known, variables);
    return ({ depthMax }: CostLimits, nowMs: number): Price => {
      const last = prices.get(key);
      const isRecent = last?.depthMax === depthMax && Math.abs(nowMs - last.atMs) < pricedForMs;
      if (last !== undefined && isRecent) return last.price;
      const { document, operation } = known;
      const price = priceOperation({
        ...{ schema, document, operation, variables, nowMs, depthMax, requestsFor },
      });
      prices.set(key, { price, depthMax, atMs: nowMs });
      return price;
    };
  };
}

/** The type an id names and the form it has: what is wrong with one is wrong with all of its kind. */
const kindOf = remembering((id: string): string => {
  try {
    const { typename, id: local } = decodeGlobalId(id);
    return `${typename}:${local.replace(/\d{1,10}/g, '0')}`;
  } catch {
    return 'none';
  }
});
