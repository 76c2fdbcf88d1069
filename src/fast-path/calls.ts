import { getVariableValues, type GraphQLSchema } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { Plan } from '../callers/plan.ts';
import { ID_PARAMETERS, readDocumentRequest } from '../documents/document-request.ts';
import { isSha256Hex } from '../documents/hash.ts';
import type { RequestDocument } from '../documents/request-document.ts';
import { readSearchParams } from '../documents/search-params.ts';
import type { DocumentStore } from '../documents/store.ts';
import { flat } from '../flat-text.ts';
import { checkVariables } from '../plugins/variable-limits.ts';
import type { CostLimits, Price } from '../pricing/priced.ts';
import type { RequestsFor } from '../pricing/read-plan.ts';
import { RecentTexts } from '../recent-texts.ts';
import type { KnownOperation, KnownOperations } from './known-operations.ts';
import type { KeptAnswer } from './answers.ts';
import { createPrices } from './prices.ts';

/** A known operation with its variables: what a request asks for, however it spells it. */
export interface Call {
  readonly known: KnownOperation;
  /** As `getVariableValues` coerced them. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** Answers that may be given again, by what their callers may see. */
  readonly answers: Map<string, KeptAnswer>;
  readonly priceFor: (limits: CostLimits, nowMs: number) => Price;
}

/** A call as one request asks for it. */
export interface AskedCall {
  readonly call: Call;
  /** The persisted document it names; undefined for free text. */
  readonly document: RequestDocument | undefined;
}

/** How a request said what it asks for. */
interface Seen {
  readonly text: string;
  readonly asked: AskedCall;
}

export type Calls = ReturnType<typeof createCalls>;

export interface CallsOptions {
  readonly schema: GraphQLSchema;
  readonly operations: KnownOperations;
  readonly store: Pick<DocumentStore, 'getTrusted' | 'peek' | 'onReplaced'>;
  readonly requestsFor: RequestsFor;
  readonly bytesMax: number;
}

/** Reads what requests ask for; whatever is not plain is left to who can say what is wrong with it. */
export function createCalls(options: CallsOptions) {
  const { schema, operations, store, requestsFor, bytesMax } = options;
  const priceFor = createPrices({ schema, requestsFor });
  const asksOf = () => {
    const recent = new RecentTexts<Seen>();
    const all = new LRUCache<string, Seen>({
      maxSize: bytesMax / 4,
      sizeCalculation: ({ text }) => 1000 + 2 * text.length,
      dispose: (seen) => recent.delete(seen),
    });
    return { recent, all };
  };
  const byRequest = { search: asksOf(), body: asksOf() };
  // An id may mean another document now, or none.
  store.onReplaced(() => {
    byRequest.search.all.clear();
    byRequest.body.all.clear();
  });
  const byMeaning = new LRUCache<string, Call>({
    maxSize: bytesMax / 2,
    sizeCalculation: (_call, text) => 1000 + 4 * text.length,
  });

  function callOf(known: KnownOperation, given: Readonly<Record<string, unknown>>) {
    const { variableDefinitions = [] } = known.operation;
    const { coerced } = getVariableValues(schema, variableDefinitions, given, { maxErrors: 1 });
    if (coerced === undefined) return undefined;
    const meaning = `${known.id} ${JSON.stringify(coerced)}`;
    const same = byMeaning.get(meaning);
    if (same !== undefined) return same;
    const call: Call = {
      known,
      variables: coerced,
      answers: new Map(),
      priceFor: priceFor(known, coerced),
    };
    byMeaning.set(meaning, call);
    return call;
  }

  function read(params: object): AskedCall | undefined {
    for (const [name, value] of Object.entries(params)) {
      if (value === null || value === undefined) continue;
      if (!parameters.has(name)) return undefined;
      if (objects.has(name) && !isObject(value)) return undefined;
    }
    checkVariables('variables' in params ? params.variables : undefined);
    checkVariables('extensions' in params ? params.extensions : undefined, 'extensions');
    const asked = readDocumentRequest(params);
    const { operationName, variables, extensions } = asked.params;
    if (Object.keys(extensions ?? {}).some((name) => name !== 'persistedQuery')) return undefined;
    const found = find(asked);
    if (found === undefined) return undefined;
    const known = operations.find(found.text, operationName ?? undefined);
    const call = known && callOf(known, variables ?? {});
    return call && { call, document: found.document };
  }

  function find({ text, hash, id = hash }: ReturnType<typeof readDocumentRequest>) {
    if (id === undefined) return text === undefined ? undefined : { text, document: undefined };
    // Registrations have to be remembered, and are rare.
    if (text !== undefined) return undefined;
    const trusted = store.getTrusted(id);
    if (trusted !== undefined) {
      const { body, name } = trusted;
      const document = { id, source: 'trusted', ...(name !== undefined && { name }) } as const;
      return { text: body, document };
    }
    if (hash === undefined || !isSha256Hex(hash)) return undefined;
    const registered = store.peek(hash);
    if (registered === undefined) return undefined;
    return { text: registered, document: { id: hash, source: 'registered' } as const };
  }

  return {
    /** What a request asks for, by its query string or its body. */
    read: (kind: 'search' | 'body', text: string): AskedCall | undefined => {
      const { recent, all } = byRequest[kind];
      const last = recent.get(text);
      if (last !== undefined) return last.asked;
      const seen = all.get(text);
      if (seen !== undefined) {
        recent.add(seen);
        return seen.asked;
      }
      try {
        const params: unknown = kind === 'search' ? readSearchParams(text) : JSON.parse(text);
        if (typeof params !== 'object' || params === null || Array.isArray(params))
          return undefined;
        const asked = read(params);
        if (asked === undefined) return undefined;
        const own = flat(text);
        all.set(own, { text: own, asked });
        return asked;
      } catch {
        return undefined;
      }
    },
  };
}

const objects = new Set(['variables', 'extensions']);
const parameters = new Set([...objects, 'query', 'operationName', ...ID_PARAMETERS]);

const isObject = (value: unknown) => typeof value === 'object' && !Array.isArray(value);

/** Whether a plan of this mode may ask for it. */
export function isAllowed(document: RequestDocument | undefined, mode: Plan['documents']): boolean {
  if (mode === 'open') return true;
  if (document === undefined) return false;
  return mode === 'apq' || document.source === 'trusted';
}
