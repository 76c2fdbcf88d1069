import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';

const expectations: Readonly<Record<number, string>> = {
  404: 'Nothing is served at this path: GraphQL is at /graphql.',
  405: 'This method is not served here: expected POST, or GET for queries.',
  406: 'No answer in the accepted media types: expected application/graphql-response+json or application/json.',
  413: 'The request body is too large.',
  415: 'The body has no media type that is read here: expected application/json.',
};

/**
 * Whoever speaks HTTP wrong gets a GraphQL error too, and a request that cannot run is a 4xx. Only a
 * client that names `application/json` gets it as a 200, because the specification says so: clients
 * of that media type may read no other body.
 */
export function useHttpErrors(): Plugin {
  return {
    onResultProcess(payload) {
      const { request, result } = payload;
      if (!('errors' in result) || result.errors === undefined) return;
      const errors = withStatuses(result.errors, request.headers.get('accept'));
      if (errors !== result.errors) payload.setResult({ ...result, errors: [...errors] });
    },
    onResponse(payload) {
      const { status, headers } = payload.response;
      if (status < 400 || headers.has('content-type')) return;
      headers.set('content-type', 'application/json; charset=utf-8');
      headers.delete('content-length');
      payload.setResponse(new payload.fetchAPI.Response(errorBody(status), { status, headers }));
    },
  };
}

/** The same errors, with their HTTP statuses for whom they are meant. */
export function withStatuses(
  errors: readonly GraphQLError[],
  accept: string | null | undefined,
): readonly GraphQLError[] {
  return accept?.includes('application/json') ? errors : errors.map(withStatus);
}

/** Yoga takes `http.spec` for "200 as application/json"; without it the status counts. */
function withStatus(error: GraphQLError): GraphQLError {
  const { http } = error.extensions;
  if (typeof http !== 'object' || http === null || !('spec' in http)) return error;
  return new GraphQLError(error.message, {
    nodes: error.nodes,
    source: error.source,
    positions: error.positions,
    path: error.path,
    extensions: { ...error.extensions, http: { ...http, spec: false } },
  });
}

/** A GraphQL answer that is nothing but an HTTP refusal. */
export function errorBody(status: number): string {
  const message = expectations[status] ?? 'The request could not be read.';
  return JSON.stringify({ errors: [{ message, extensions: { code: 'BAD_REQUEST' } }] });
}
