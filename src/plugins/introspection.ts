import { type DocumentNode, GraphQLError, visit } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** Whether who sent a request may see the schema. Asked with each request, so it may be their plan. */
export type MayIntrospect = (request: Request) => boolean;

/**
 * Whoever may not introspect is not told the schema by guessing either. No validation rule: their
 * results are kept by document, and who asks is another one each time.
 */
export function useIntrospection(mayIntrospect: MayIntrospect): Plugin {
  const found = new WeakMap<DocumentNode, boolean>();
  const introspects = (document: DocumentNode): boolean => {
    const known = found.get(document) ?? asksForSchema(document);
    found.set(document, known);
    return known;
  };
  return {
    onParse({ context }) {
      return ({ result }: { readonly result: DocumentNode | Error | null }) => {
        if (result === null || result instanceof Error || mayIntrospect(context.request)) return;
        if (introspects(result)) throw refusal();
      };
    },
    onResultProcess(payload) {
      const { request, result } = payload;
      if (!('errors' in result) || result.errors === undefined || mayIntrospect(request)) return;
      payload.setResult({ ...result, errors: result.errors.map(withoutSuggestion) });
    },
  };
}

/** `__typename` tells only what was asked for; the other two tell everything. */
export function asksForSchema(document: DocumentNode): boolean {
  let asks = false;
  visit(document, {
    Field: ({ name }) => {
      asks ||= name.value === '__schema' || name.value === '__type';
    },
  });
  return asks;
}

function refusal(): GraphQLError {
  return new GraphQLError('Introspection is off here: __schema and __type are not answered.', {
    extensions: { code: 'INTROSPECTION_DISABLED', http: { status: 400, spec: true } },
  });
}

function withoutSuggestion(error: GraphQLError): GraphQLError {
  const at = error.message.indexOf('Did you mean ');
  if (at === -1) return error;
  return new GraphQLError(error.message.slice(0, at).trimEnd(), {
    nodes: error.nodes,
    source: error.source,
    positions: error.positions,
    path: error.path,
    extensions: error.extensions,
  });
}
