import type { DirectBody } from './body.ts';
import type { HeaderLines } from './head.ts';

/** A request as who answers directly needs it, whoever has read it off its connection. */
export interface DirectRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: DirectHeaders;
  /** Where it came from. */
  readonly address: string;
}

/** The headers that are looked at. */
export const directHeaderNames = [
  'host',
  'accept',
  'accept-encoding',
  'authorization',
  'x-api-key',
  'x-request-id',
  'content-type',
  'content-length',
  'content-encoding',
  'if-none-match',
  'origin',
  'sec-fetch-site',
  'sec-fetch-mode',
  'x-apollo-operation-name',
  'apollo-require-preflight',
  'graphql-require-preflight',
  'x-cost-dry-run',
  'x-max-stale-seconds',
  'traceparent',
  'tracestate',
] as const;

export type DirectHeaderName = (typeof directHeaderNames)[number];
export type DirectHeaders = Readonly<
  Partial<Record<DirectHeaderName, string | string[] | undefined>>
>;

/** Where its answer goes: one answer, given whole. */
export interface DirectResponse {
  answer(status: number, lines: HeaderLines, body: DirectBody): void;
  readonly isAnswered: boolean;
  /** Nobody is there any more to be answered. */
  readonly isGone: boolean;
  /** Told when the client leaves before it has its answer. */
  onGone(listener: () => void): void;
}

/** Answers what it knows; passes on all else, with the body where that was read already. */
export type ServeDirectly = (
  request: DirectRequest,
  response: DirectResponse,
  readBody: (done: (body: Buffer) => void) => void,
  pass: (body?: Buffer) => void,
) => void;
