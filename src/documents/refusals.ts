import { GraphQLError } from 'graphql';

import type { Code } from '../errors.ts';

const refusal = (
  message: string,
  code: Code,
  http: { readonly status: number; readonly headers?: Record<string, string> },
) => new GraphQLError(message, { extensions: { code, http } });

/**
 * The miss that makes a client send the text. Apollo iOS reads the body of a 2xx only and compares
 * the message letter by letter, Kotlin compares it ignoring case, the web client takes message or code.
 */
export const notFound = (): GraphQLError =>
  refusal('PersistedQueryNotFound', 'PERSISTED_QUERY_NOT_FOUND', {
    status: 200,
    headers: { 'Cache-Control': 'private, no-cache, must-revalidate' },
  });

/** The web client stops sending hashes for its session on this message, Kotlin throws. */
export const notSupported = (): GraphQLError =>
  refusal('PersistedQueryNotSupported', 'PERSISTED_QUERY_NOT_SUPPORTED', { status: 400 });

export const mismatch = (): GraphQLError =>
  refusal('provided sha does not match query', 'PERSISTED_QUERY_MISMATCH', { status: 400 });

/** Free text where it is not taken. 400 and not 403: apps sign their user out on a 403. */
export const onlyPersisted = (hint: string): GraphQLError =>
  refusal(`PersistedQueryOnly: ${hint}`, 'PERSISTED_QUERY_ONLY', { status: 400 });

/** An id nobody can register by retrying, so it must not read like the miss above. */
export const unknownDocument = (): GraphQLError =>
  refusal(
    'PersistedQueryNotInList: this server has no document with that id.',
    'PERSISTED_QUERY_NOT_IN_LIST',
    { status: 404 },
  );

export const badRequest = (message: string): GraphQLError =>
  refusal(message, 'BAD_REQUEST', { status: 400 });
