import type { GraphQLParams, Plugin } from 'graphql-yoga';

import type { DocumentRequest } from '../documents/document-request.ts';
import { readDocumentRequest } from '../documents/document-request.ts';
import { hashInId, isSha256Hex, sha256Hex } from '../documents/hash.ts';
import {
  badRequest,
  mismatch,
  notFound,
  onlyPersisted,
  unknownDocument,
} from '../documents/refusals.ts';
import type { RequestDocument } from '../documents/request-document.ts';
import { setDocument } from '../documents/request-document.ts';
import { readSearchParams } from '../documents/search-params.ts';
import type { DocumentStore } from '../documents/store.ts';

/**
 * Which documents run: `open` any, `apq` those sent with their hash or listed in a manifest,
 * `trusted` those of a manifest only.
 */
export type DocumentsMode = 'open' | 'apq' | 'trusted';

export type PersistedDocumentsOptions = {
  readonly mode: DocumentsMode;
  /** What whoever sent a request may run; plans allow no more than the gateway. */
  readonly modeOf?: (request: Request) => DocumentsMode | undefined;
  readonly store: DocumentStore;
};

export type PersistedDocuments = {
  /** Turns an id into its text. First in the list: caches and prices are about the text. */
  readonly resolve: Plugin;
  /** Stores a text sent with its hash. After the cost plugin: what it refused must not be stored. */
  readonly remember: Plugin;
};

const HINTS = {
  apq: 'send the text together with its hash, as extensions.persistedQuery.',
  trusted: 'this server runs the documents of its manifests and no others.',
} as const;

type Found = { readonly text: string; readonly document: RequestDocument };

/** Automatic and trusted persisted documents over one store, as one plugin in two parts. */
export function createPersistedDocuments({
  mode: gatewayMode,
  modeOf = () => undefined,
  store,
}: PersistedDocumentsOptions): PersistedDocuments {
  const registrations = new WeakMap<Request, { readonly hash: string; readonly text: string }>();

  async function find(
    { text, hash, id = hash }: DocumentRequest,
    request: Request,
  ): Promise<Found | undefined> {
    const mode = modeOf(request) ?? gatewayMode;
    if (id === undefined) {
      if (text === undefined || mode === 'open') return undefined;
      throw onlyPersisted(HINTS[mode]);
    }
    const trusted = store.getTrusted(id);
    if (trusted !== undefined) {
      if (text !== undefined && text !== trusted.body) throw mismatch();
      const { body, name } = trusted;
      return {
        text: body,
        document: { id, source: 'trusted', ...(name !== undefined && { name }) },
      };
    }
    if (mode === 'trusted') {
      throw text === undefined ? unknownDocument() : onlyPersisted(HINTS[mode]);
    }
    if (hash === undefined) return findById(id);
    if (!isSha256Hex(hash))
      throw badRequest(
        'Expected sha256Hash to be 64 lower-case hex digits or an id of a manifest.',
      );
    return findByHash(hash, text, request);
  }

  async function findById(id: string): Promise<Found> {
    const hash = hashInId(id);
    const text = hash === undefined ? undefined : await store.get(hash);
    if (text === undefined) throw unknownDocument();
    return { text, document: { id, source: 'registered' } };
  }

  async function findByHash(
    hash: string,
    given: string | undefined,
    request: Request,
  ): Promise<Found> {
    const document = { id: hash, source: 'registered' } as const;
    if (given === undefined) {
      const text = await store.get(hash);
      if (text === undefined) throw notFound();
      return { text, document };
    }
    if (sha256Hex(given) !== hash) throw mismatch();
    registrations.set(request, { hash, text: given });
    return { text: given, document };
  }

  /** Runs once the document parsed, validated and passed every hook before this one. */
  const rememberDocument = (context: {
    readonly request: Request;
    readonly waitUntil: (promise: Promise<void>) => void;
  }) => {
    const registration = registrations.get(context.request);
    // Not awaited: Redis may be slow, and the process knows the document at once anyway.
    if (registration !== undefined)
      context.waitUntil(store.put(registration.hash, registration.text));
  };

  return {
    resolve: {
      onRequestParse({ request, setRequestParser }) {
        const readForm = formReaderFor(request);
        if (readForm !== undefined) setRequestParser(readForm);
      },
      async onParams({ params, setParams, request }) {
        if (!isParams(params)) return;
        const asked = readDocumentRequest(params);
        const found = await find(asked, request);
        if (found === undefined) return;
        setDocument(request, found.document);
        setParams({ ...asked.params, query: found.text });
      },
    },
    remember: {
      onExecute: ({ context }) => rememberDocument(context),
      onSubscribe: ({ context }) => rememberDocument(context),
    },
  };
}

/** How to read parameters that are not JSON, in place of Yoga's readers, which drop the id. */
function formReaderFor({ method, headers }: Request) {
  if (method === 'GET') {
    return ({ url }: Request) => {
      const at = url.indexOf('?');
      return readSearchParams(at === -1 ? '' : url.slice(at + 1));
    };
  }
  const [mediaType] = (headers.get('content-type') ?? '').split(/[;,]/);
  return method === 'POST' && mediaType?.trim() === 'application/x-www-form-urlencoded'
    ? async (request: Request) => readSearchParams(await request.text())
    : undefined;
}

// A multipart body may carry any JSON; what is no map of parameters gets Yoga's own refusal.
const isParams = (params: unknown): params is GraphQLParams =>
  typeof params === 'object' && params !== null && !Array.isArray(params);
