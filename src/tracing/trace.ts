/** What other rooms know of traces: where a step is told, never where it goes. */

export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** One step of a request that is recorded. */
export interface Span {
  /** For whoever does a part of it elsewhere. */
  readonly traceparent: string;
  /** Beside it, what those before us have to say of the trace. */
  readonly tracestate: string | undefined;
  /** A part of it, from now on. */
  readonly child: (name: string, attributes?: Attributes) => Span;
  /** A part of it that somebody else is asked to do. */
  readonly childElsewhere: (name: string, attributes?: Attributes) => Span;
  readonly set: (attributes: Attributes) => void;
  readonly event: (name: string) => void;
  /** Others have waited for it, too. */
  readonly link: (other: Span) => void;
  /** It went wrong: told by the public code alone. */
  readonly fail: (error: unknown) => void;
  /** Whatever is not ended is not told. */
  readonly end: () => void;
}

/** What is under way of a request that is recorded. */
export interface Step {
  span: Span;
}

/** The trace that a request is part of. */
export interface Trace {
  readonly traceId: string;
  /** The request as a whole; undefined where others may record it, and this gateway does not. */
  readonly span: Span | undefined;
}

export interface TracedRequest {
  readonly method: string;
  /** As the client sent it. */
  readonly traceparent: string | undefined;
  readonly tracestate: string | undefined;
  /** By `performance.now()`. */
  readonly startedAt: number;
}

/** Spans that nobody will see: they found no place to wait in, or the collector did not take them. */
export type LostSpans = Readonly<Record<'queue-full' | 'not-taken', number>>;

export interface Tracing {
  /** Undefined for who is not recorded and has named no trace: most requests. */
  readonly begin: (request: TracedRequest) => Trace | undefined;
  /** From now on there is only so much time for what is not sent yet. */
  readonly drain: () => void;
  readonly lost: () => LostSpans;
  readonly close: () => Promise<void>;
}
