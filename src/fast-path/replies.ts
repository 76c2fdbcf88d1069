import type { GraphQLError } from 'graphql';
import { type FetchAPI, processRegularResult } from 'graphql-yoga';
import { isKnown, mergeVary } from '../answer/freshness.ts';
import { type DirectBody, textBody } from '../direct/body.ts';
import type { DirectResponse } from '../direct/exchange.ts';
import { headerLine, type HeaderLines, headerLines } from '../direct/head.ts';
import { flat } from '../flat-text.ts';
import { withStatuses } from '../plugins/http-errors.ts';
import { retryAfterOf } from '../plugins/retry-after.ts';
import { dataPolicy, securityHeadersWith } from '../plugins/security-headers.ts';
import type { Exchange } from './exchange.ts';

export interface RepliesOptions {
  readonly hstsSeconds: number;
  /** What every answer of this gateway carries besides. */
  readonly notices: readonly (readonly [name: string, value: string])[];
  readonly fetchAPI: () => FetchAPI;
}

/** What a cache has to know of an answer that it may keep. */
export interface ForCaches {
  readonly lines: HeaderLines;
  readonly etag: string;
}

export const forCaches = (cacheControl: string, etag: string): ForCaches => ({
  lines: `cache-control: ${cacheControl}\r\netag: ${etag}\r\n`,
  etag,
});

/** A body, and the content coding it is in where it is in one. */
export interface Body extends DirectBody {
  readonly coding?: string;
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
export function createReplies(options: RepliesOptions) {
  const { hstsSeconds, notices, fetchAPI } = options;
  const always = headerLines([
    ...notices.flat(),
    ...Object.entries(securityHeadersWith({ hstsSeconds })).flat(),
    ...['content-security-policy', dataPolicy],
  ]);
  const stored = flat(always + headerLine('vary', mergeVary(null)));
  const notStored = flat(always + headerLines(['vary', 'Origin', 'cache-control', 'no-store']));

  const write = (
    response: DirectResponse,
    status: number,
    lines: HeaderLines,
    contentType: string,
    given: string | Body,
  ): void => {
    const body: Body = typeof given === 'string' ? textBody(given) : given;
    const { length, coding } = body;
    const encoded = coding === undefined ? '' : headerLine('content-encoding', coding);
    const about = `content-type: ${contentType}\r\n${encoded}content-length: ${length}\r\n`;
    response.answer(status, lines + about, body);
  };

  return {
    /**
     * A whole answer; `tell` is asked about caches only where they may keep it: after a GET of a persisted
     * document. Answers its status.
     */
    whole: (
      exchange: Exchange,
      body: string | Body,
      more: HeaderLines,
      tell: () => ForCaches,
    ): number => {
      const { request, response, contentType, asked } = exchange;
      if (request.method !== 'GET' || asked.document === undefined) {
        write(response, 200, notStored + more, contentType, body);
        return 200;
      }
      const { lines: told, etag } = tell();
      const lines = stored + more + told;
      const given = request.headers['if-none-match'];
      if (given !== undefined && isKnown(etag, given.toString())) {
        response.answer(304, lines, textBody(''));
        return 304;
      }
      write(response, 200, lines, contentType, body);
      return 200;
    },
    /** A result with errors, with the status and in the words that Yoga gives it. Answers its status. */
    failed: async (
      { request, response, contentType }: Exchange,
      { data, errors, extensions }: FailedResult,
      more: HeaderLines,
    ): Promise<number> => {
      const { accept } = request.headers;
      const result = {
        errors: [...withStatuses(errors, accept?.toString())],
        extensions,
        ...(data !== undefined && { data: {} }),
        stringify: (sent: object) => {
          const others = JSON.stringify({ ...sent, data: undefined }).slice(0, -1);
          return data === undefined ? `${others}}` : `${others},"data":${data}}`;
        },
      };
      const [mediaType = ''] = contentType.split(';');
      const processed = processRegularResult(result, fetchAPI(), mediaType);
      const seconds = retryAfterOf(errors);
      const retry = seconds > 0 ? headerLine('retry-after', String(seconds)) : '';
      const text = await processed.text();
      write(response, processed.status, notStored + more + retry, contentType, text);
      return processed.status;
    },
  };
}
