import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { vi } from 'vitest';

/** A span as OTLP writes it in JSON, its attributes as a record. */
export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly name: string;
  /** 1 internal, 2 server, 3 client. */
  readonly kind: number;
  /** 2 where it failed. */
  readonly status: { readonly code?: number; readonly message?: string };
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly events: readonly string[];
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly startMs: number;
  readonly endMs: number;
  readonly resource: Readonly<Record<string, unknown>>;
}

export type Collector = Awaited<ReturnType<typeof startCollector>>;

/** A receiver of traces by OTLP over HTTP, in JSON, that may be out of order. */
export async function startCollector() {
  const bodies: string[] = [];
  const heads: { readonly path: string; readonly headers: Readonly<Record<string, unknown>> }[] =
    [];
  const held: ServerResponse[] = [];
  const mood = { status: 200, isHeld: false };
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      heads.push({ path: request.url ?? '', headers: request.headers });
      bodies.push(body);
      response.setHeader('content-type', 'application/json');
      response.statusCode = mood.status;
      if (mood.isHeld) held.push(response);
      else response.end('{}');
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const spans = () => bodies.flatMap(readSpans);
  return {
    url: `http://127.0.0.1:${port}`,
    ...{ bodies, heads, mood, spans },
    /** Answers whoever was kept waiting, and keeps nobody waiting from now on. */
    release: () => {
      mood.isHeld = false;
      for (const response of held.splice(0)) response.end('{}');
    },
    /** The spans as soon as they are there. */
    until: (test: (received: readonly ReceivedSpan[]) => boolean) =>
      vi.waitFor(
        () => {
          const received = spans();
          if (!test(received))
            throw new Error(`not there: ${received.map(({ name }) => name).join()}`);
          return received;
        },
        { timeout: 10_000 },
      ),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function readSpans(body: string): ReceivedSpan[] {
  return JSON.parse(body).resourceSpans.flatMap(({ resource, scopeSpans }: any) =>
    scopeSpans.flatMap(({ spans }: any) =>
      spans.map((span: any) => ({
        ...{ traceId: span.traceId, spanId: span.spanId, name: span.name, kind: span.kind },
        parentSpanId: span.parentSpanId,
        status: span.status,
        attributes: recordOf(span.attributes),
        events: span.events.map(({ name }: any) => name),
        links: span.links.map(({ traceId, spanId }: any) => ({ traceId, spanId })),
        startMs: Number(BigInt(span.startTimeUnixNano) / 1000n) / 1000,
        endMs: Number(BigInt(span.endTimeUnixNano) / 1000n) / 1000,
        resource: recordOf(resource.attributes),
      })),
    ),
  );
}

function recordOf(attributes: readonly any[]): Record<string, unknown> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [
      key,
      value.stringValue ??
        (value.intValue === undefined ? value.doubleValue : Number(value.intValue)),
    ]),
  );
}

/** Where each span hangs: its name behind those it is a part of, in the order of the alphabet. */
export function placesOf(spans: readonly ReceivedSpan[]): string[] {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const placeOf = ({ name, parentSpanId = '' }: ReceivedSpan): string => {
    const parent = byId.get(parentSpanId);
    return parent === undefined ? name : `${placeOf(parent)} > ${name}`;
  };
  return spans.map(placeOf).sort();
}

/** The only span of this name. */
export function theSpan(spans: readonly ReceivedSpan[], name: string): ReceivedSpan {
  const [span, ...others] = spans.filter((one) => one.name === name);
  if (span === undefined || others.length > 0) {
    throw new Error(`expected one ${name}, got ${others.length + Number(span !== undefined)}`);
  }
  return span;
}
