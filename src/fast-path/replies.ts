import type { ServerResponse } from 'node:http';
import type { GraphQLError } from 'graphql';
import { type FetchAPI, processRegularResult } from 'graphql-yoga';
import { mergeVary } from '../answer/freshness.ts';
import { withStatuses } from '../plugins/http-errors.ts';
import { retryAfterOf } from '../plugins/retry-after.ts';
import { dataPolicy, securityHeadersWith } from '../plugins/security-headers.ts';

export interface RepliesOptions {
  readonly hstsSeconds: number;
  /** What every answer of this gateway carries besides. */
  readonly notices: readonly (readonly [name: string, value: string])[];
  readonly fetchAPI: () => FetchAPI;
}

/** Names and values in turn, as `writeHead` takes them. */
export type RawHeaders = readonly string[];

export interface Reply {
  readonly contentType: string;
  readonly body: string;
}

/** A result that failed, in part or as a whole. */
export interface FailedResult {
  /** JSON text; undefined where nothing was executed. */
  readonly data: string | undefined;
  readonly errors: readonly GraphQLError[];
  readonly extensions: object;
}

export type Replies = ReturnType<typeof createReplies>;

/** Writes answers to a socket, each in one piece. */
export function createReplies({ hstsSeconds, notices, fetchAPI }: RepliesOptions) {
  const always = [
    ...notices.flat(),
    ...Object.entries(securityHeadersWith({ hstsSeconds })).flat(),
    ...['content-security-policy', dataPolicy],
  ];
  const stored = [...always, 'vary', mergeVary(null)];
  const notStored = [...always, 'vary', 'Origin', 'cache-control', 'no-store'];

  const write = (
    response: ServerResponse,
    status: number,
    { contentType, body }: Reply,
    headers: RawHeaders,
  ) => {
    const length = String(Buffer.byteLength(body));
    const all = [...headers, 'content-type', contentType, 'content-length', length];
    response.writeHead(status, all).end(body);
  };

  return {
    /** An answer that caches may keep, with what they have to know of it. */
    stored: (response: ServerResponse, reply: Reply, more: RawHeaders): void => {
      write(response, 200, reply, [...stored, ...more]);
    },
    notModified: (response: ServerResponse, more: RawHeaders): void => {
      response.writeHead(304, [...stored, ...more]).end();
    },
    notStored: (response: ServerResponse, reply: Reply, more: RawHeaders): void => {
      write(response, 200, reply, [...notStored, ...more]);
    },
    /** A result with errors, with the status and in the words that Yoga gives it. */
    failed: async (
      response: ServerResponse,
      {
        contentType,
        accept,
      }: { readonly contentType: string; readonly accept: string | undefined },
      { data, errors, extensions }: FailedResult,
      more: RawHeaders,
    ): Promise<number> => {
      const [mediaType = ''] = contentType.split(';');
      const result = {
        errors: [...withStatuses(errors, accept)],
        extensions,
        ...(data !== undefined && { data: {} }),
        stringify: (sent: object) => {
          const others = JSON.stringify({ ...sent, data: undefined }).slice(0, -1);
          return data === undefined ? `${others}}` : `${others},"data":${data}}`;
        },
      };
      const processed = processRegularResult(result, fetchAPI(), mediaType);
      const seconds = retryAfterOf(errors);
      const wait = seconds > 0 ? ['retry-after', String(seconds)] : [];
      const reply = { contentType, body: await processed.text() };
      write(response, processed.status, reply, [...notStored, ...more, ...wait]);
      return processed.status;
    },
  };
}
