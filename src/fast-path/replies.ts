import type { ServerResponse } from 'node:http';
import type { GraphQLError } from 'graphql';
import { type FetchAPI, processRegularResult } from 'graphql-yoga';
import { isKnown, mergeVary } from '../answer/freshness.ts';
import { withStatuses } from '../plugins/http-errors.ts';
import { retryAfterOf } from '../plugins/retry-after.ts';
import { dataPolicy, securityHeadersWith } from '../plugins/security-headers.ts';
import type { Exchange, RawHeaders } from './exchange.ts';

export interface RepliesOptions {
  readonly hstsSeconds: number;
  /** What every answer of this gateway carries besides. */
  readonly notices: readonly (readonly [name: string, value: string])[];
  readonly fetchAPI: () => FetchAPI;
  /** Whether connections are to close with their answers. */
  readonly isDraining: () => boolean;
}

/** What a cache has to know of an answer that it may keep. */
export interface ForCaches {
  readonly cacheControl: string;
  readonly etag: string;
}

/** A body in a content coding, or one whose bytes were counted before. */
export type Body =
  | { readonly coding: string; readonly bytes: Buffer }
  | { readonly text: string; readonly length: number };

/** A result that failed, in part or as a whole. */
export interface FailedResult {
  /** JSON text; undefined where nothing was executed. */
  readonly data: string | undefined;
  readonly errors: readonly GraphQLError[];
  readonly extensions: object;
}

export type Replies = ReturnType<typeof createReplies>;

/** Writes answers to a socket, each in one piece. */
export function createReplies(options: RepliesOptions) {
  const { hstsSeconds, notices, fetchAPI, isDraining } = options;
  const always = [
    ...notices.flat(),
    ...Object.entries(securityHeadersWith({ hstsSeconds })).flat(),
    ...['content-security-policy', dataPolicy],
  ];
  const stored = [...always, 'vary', mergeVary(null)];
  const notStored = [...always, 'vary', 'Origin', 'cache-control', 'no-store'];

  const head = (response: ServerResponse, status: number, headers: string[]): ServerResponse => {
    if (isDraining()) response.shouldKeepAlive = false;
    return response.writeHead(status, headers);
  };

  const write = (
    response: ServerResponse,
    status: number,
    headers: string[],
    contentType: string,
    body: string | Body,
  ): void => {
    headers.push('content-type', contentType);
    if (typeof body === 'string') {
      const length = Buffer.byteLength(body);
      headers.push('content-length', String(length));
      head(response, status, headers).end(body, encodingOf(body, length));
    } else if ('coding' in body) {
      const { coding, bytes } = body;
      headers.push('content-encoding', coding, 'content-length', String(bytes.length));
      head(response, status, headers).end(bytes);
    } else {
      const { text, length } = body;
      headers.push('content-length', String(length));
      head(response, status, headers).end(text, encodingOf(text, length));
    }
  };

  return {
    /**
     * A whole answer; `tell` is asked about caches only where they may keep it: after a GET of a persisted
     * document. Answers its status.
     */
    whole: (
      exchange: Exchange,
      body: string | Body,
      more: RawHeaders,
      tell: () => ForCaches,
    ): number => {
      const { request, response, contentType, asked } = exchange;
      if (request.method !== 'GET' || asked.document === undefined) {
        write(response, 200, [...notStored, ...more], contentType, body);
        return 200;
      }
      const { cacheControl, etag } = tell();
      const headers = [...stored, ...more, 'cache-control', cacheControl, 'etag', etag];
      const given = request.headers['if-none-match'];
      if (given !== undefined && isKnown(etag, given)) {
        head(response, 304, headers).end();
        return 304;
      }
      write(response, 200, headers, contentType, body);
      return 200;
    },
    /** A result with errors, with the status and in the words that Yoga gives it. Answers its status. */
    failed: async (
      { request, response, contentType }: Exchange,
      { data, errors, extensions }: FailedResult,
      more: RawHeaders,
    ): Promise<number> => {
      const result = {
        errors: [...withStatuses(errors, request.headers.accept)],
        extensions,
        ...(data !== undefined && { data: {} }),
        stringify: (sent: object) => {
          const others = JSON.stringify({ ...sent, data: undefined }).slice(0, -1);
          return data === undefined ? `${others}}` : `${others},"data":${data}}`;
        },
      };
      const [mediaType = ''] = contentType.split(';');
      const processed = processRegularResult(result, fetchAPI(), mediaType);
      const headers = [...notStored, ...more];
      const seconds = retryAfterOf(errors);
      if (seconds > 0) headers.push('retry-after', String(seconds));
      write(response, processed.status, headers, contentType, await processed.text());
      return processed.status;
    },
  };
}

/** Of ASCII, both encodings are the same bytes, and this one need not look for others. */
const encodingOf = (text: string, length: number) => (length === text.length ? 'latin1' : 'utf8');
