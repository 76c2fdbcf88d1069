import type { Plugin } from 'graphql-yoga';

const expectations: Readonly<Record<number, string>> = {
  404: 'Nothing is served at this path: GraphQL is at /graphql.',
  405: 'This method is not served here: expected POST, or GET for queries.',
  406: 'No answer in the accepted media types: expected application/graphql-response+json or application/json.',
  413: 'The request body is too large.',
  415: 'The body has no media type that is read here: expected application/json.',
};

/** Whoever speaks HTTP wrong gets a GraphQL error too: no refusal leaves without a body. */
export function useHttpErrors(): Plugin {
  return {
    onResponse(payload) {
      const { status, headers } = payload.response;
      if (status < 400 || headers.has('content-type')) return;
      headers.set('content-type', 'application/json; charset=utf-8');
      headers.delete('content-length');
      payload.setResponse(new payload.fetchAPI.Response(errorBody(status), { status, headers }));
    },
  };
}

/** A GraphQL answer that is nothing but an HTTP refusal. */
export function errorBody(status: number): string {
  const message = expectations[status] ?? 'The request could not be read.';
  return JSON.stringify({ errors: [{ message, extensions: { code: 'BAD_REQUEST' } }] });
}
