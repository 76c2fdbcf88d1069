import type { GraphQLParams } from 'graphql-yoga';

import { badRequest, notSupported } from './refusals.ts';

/** The names under which clients send a document id: the specification's, Relay's and a plain one. */
export const ID_PARAMETERS = ['documentId', 'doc_id', 'id'] as const;

type ParamsWithId = GraphQLParams & {
  readonly [name in (typeof ID_PARAMETERS)[number]]?: unknown;
};

/** What a request says about its document, whichever dialect it speaks. */
export type DocumentRequest = {
  /** Free text, or the text that registers a hash. */
  readonly text?: string;
  /** `extensions.persistedQuery.sha256Hash`; a custom id here is fine if a manifest knows it. */
  readonly hash?: string;
  /** `documentId` or one of its other names. */
  readonly id?: string;
  /** The parameters Yoga knows, without the id. */
  readonly params: GraphQLParams;
};

/** Reads the document's part of the parameters; what is wrong elsewhere is left for Yoga to say. */
export function readDocumentRequest(given: GraphQLParams): DocumentRequest {
  const { documentId, doc_id, id: plainId, ...params }: ParamsWithId = given;
  const hash = readHash(params.extensions);
  const id = readId([documentId, doc_id, plainId]);
  const text = typeof params.query === 'string' ? params.query : undefined;

  // The specification knows two requests, one by text and one by id, and none by both.
  if (id !== undefined && text !== undefined)
    throw badRequest('Send a document id or a query, not both.');
  if (id !== undefined && hash !== undefined && id !== hash && id !== `sha256:${hash}`)
    throw badRequest('The document id and extensions.persistedQuery name two documents.');
  return { text, hash, id, params };
}

function readId(values: readonly unknown[]): string | undefined {
  const [id, ...others] = new Set(values.filter((value) => value !== undefined && value !== null));
  if (id === undefined) return undefined;
  if (others.length > 0)
    throw badRequest(`Send one document id: ${ID_PARAMETERS.join(', ')} differ in this request.`);
  if (typeof id !== 'string' || id === '')
    throw badRequest('Expected the document id to be a non-empty string.');
  return id;
}

function readHash(extensions: unknown): string | undefined {
  if (typeof extensions !== 'object' || extensions === null) return undefined;
  const persisted: unknown = 'persistedQuery' in extensions ? extensions.persistedQuery : undefined;
  if (persisted === undefined || persisted === null) return undefined;
  if (typeof persisted !== 'object' || Array.isArray(persisted))
    throw badRequest('Expected extensions.persistedQuery to be {version: 1, sha256Hash}.');
  const version: unknown = 'version' in persisted ? persisted.version : undefined;
  if (typeof version === 'number' && version !== 1) throw notSupported();
  if (version !== 1) throw badRequest('Expected extensions.persistedQuery.version to be 1.');
  const hash: unknown = 'sha256Hash' in persisted ? persisted.sha256Hash : undefined;
  if (typeof hash !== 'string' || hash === '')
    throw badRequest('Expected extensions.persistedQuery.sha256Hash to be a string.');
  return hash;
}
