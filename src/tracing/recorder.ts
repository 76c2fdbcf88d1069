import {
  type Context,
  ROOT_CONTEXT,
  type Span as SdkSpan,
  SpanKind,
  SpanStatusCode,
  trace as api,
  TraceFlags,
  type Tracer,
} from '@opentelemetry/api';
import { createMaskError } from '../errors.ts';
import type { Attributes, Span, TracedRequest } from './trace.ts';
import { type Parent, writeTraceparent } from './traceparent.ts';
import { readTracestate } from './tracestate.ts';

/** As clients are told of it, and nothing else of it. */
const told = createMaskError(() => {});

/** Faults of ours or of an upstream: a client's own mistake is no failure of the gateway. */
const fault = /^UPSTREAM_|^(?:INTERNAL|REQUEST_TIMEOUT|AUTHENTICATION_UNAVAILABLE)$/;

/** What all spans of one request have in common. */
interface Recording {
  readonly tracer: Tracer;
  /** What `performance.now()` is short of the time of day: one for all spans, so that they fit. */
  readonly originMs: number;
  /** Handed on as it came. */
  readonly tracestate: string | undefined;
}

/** A span of the SDK, which hangs where it is told to: nothing is looked up in a current context. */
class RecordedSpan implements Span {
  readonly #span: SdkSpan;
  readonly #context: Context;
  readonly #recording: Recording;

  constructor(span: SdkSpan, recording: Recording) {
    this.#span = span;
    this.#context = api.setSpan(ROOT_CONTEXT, span);
    this.#recording = recording;
  }

  get traceparent(): string {
    return writeTraceparent(this.#span.spanContext());
  }

  get tracestate(): string | undefined {
    return this.#recording.tracestate;
  }

  child(name: string, attributes?: Attributes): Span {
    return this.#start(name, SpanKind.INTERNAL, attributes);
  }

  childElsewhere(name: string, attributes?: Attributes): Span {
    return this.#start(name, SpanKind.CLIENT, attributes);
  }

  set(attributes: Attributes): void {
    this.#span.setAttributes(attributes);
  }

  event(name: string): void {
    this.#span.addEvent(name, this.#nowMs());
  }

  link(other: Span): void {
    if (other instanceof RecordedSpan) this.#span.addLink({ context: other.#span.spanContext() });
  }

  fail(error: unknown): void {
    const { code } = told(error).extensions;
    if (typeof code !== 'string') return;
    this.#span.setAttribute('error.type', code);
    if (fault.test(code)) this.#span.setStatus({ code: SpanStatusCode.ERROR });
  }

  end(): void {
    this.#span.end(this.#nowMs());
  }

  #nowMs(): number {
    return this.#recording.originMs + performance.now();
  }

  #start(name: string, kind: SpanKind, attributes: Attributes = {}): Span {
    const options = { kind, attributes, startTime: this.#nowMs() };
    const { tracer } = this.#recording;
    return new RecordedSpan(tracer.startSpan(name, options, this.#context), this.#recording);
  }
}

/** The span of a request as a whole, in the trace it was sent in. */
export function recordRequest(
  tracer: Tracer,
  { method, startedAt, tracestate: given }: TracedRequest,
  parent: Parent | undefined,
): { readonly traceId: string; readonly span: Span } {
  const originMs = Date.now() - performance.now();
  const context =
    parent === undefined
      ? ROOT_CONTEXT
      : api.setSpanContext(ROOT_CONTEXT, {
          ...{ traceId: parent.traceId, spanId: parent.spanId },
          ...{ traceFlags: TraceFlags.SAMPLED, isRemote: true },
        });
  const span = tracer.startSpan(
    `${method} /graphql`,
    {
      kind: SpanKind.SERVER,
      startTime: originMs + startedAt,
      attributes: { 'http.request.method': method, 'http.route': '/graphql' },
    },
    context,
  );
  const { traceId } = span.spanContext();
  // It belongs to the trace that it came with.
  const tracestate = parent && given && readTracestate(given);
  return { traceId, span: new RecordedSpan(span, { tracer, originMs, tracestate }) };
}
