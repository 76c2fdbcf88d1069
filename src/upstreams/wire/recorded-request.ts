import type { Span } from '../../tracing/trace.ts';
import { UpstreamError } from '../errors.ts';
import type { UpstreamAnswer } from './outcomes.ts';

/** A request as far as it is told when somebody who waits for it is recorded. */
interface Recordable {
  readonly path: string;
  /** Of who waits for it, first come first; others may come. */
  readonly spans?: readonly Span[];
  readonly onAttempt: () => void | Promise<void>;
  readonly onUnsent?: () => void;
}

/** What is told to the upstream of who asks. */
export interface Traced {
  readonly traceparent?: string;
  readonly tracestate?: string | undefined;
}

interface Place {
  readonly upstream: string;
  readonly method: 'GET' | 'POST';
  readonly base: URL;
}

/**
 * Sends a request, with all its attempts, as a step of the first that waits for it, and says who else
 * does. Its query may name what nobody else is to know.
 */
export async function recorded<Request extends Recordable>(
  request: Request,
  { upstream, method, base }: Place,
  send: (request: Request & Traced) => Promise<UpstreamAnswer>,
): Promise<UpstreamAnswer> {
  const { path, spans = [] } = request;
  const [parent] = spans;
  if (parent === undefined) return send(request);
  const step = parent.childElsewhere(`${method} ${path}`, {
    'http.request.method': method,
    'url.template': path,
    'server.address': base.hostname,
    'server.port': Number(base.port) || (base.protocol === 'https:' ? 443 : 80),
    'assay.upstream': upstream,
  });
  let attempts = 0;
  let credits = 0;
  try {
    const answer = await send({
      ...request,
      traceparent: step.traceparent,
      tracestate: step.tracestate,
      onAttempt: async () => {
        await request.onAttempt();
        attempts += 1;
        credits += 1;
        step.event('sent');
      },
      onUnsent: () => {
        credits -= 1;
        request.onUnsent?.();
      },
    });
    step.set({ 'http.response.status_code': answer.status });
    return answer;
  } catch (error) {
    if (error instanceof UpstreamError) step.set({ 'http.response.status_code': error.status });
    step.fail(error);
    throw error;
  } finally {
    step.set({ 'http.request.resend_count': Math.max(0, attempts - 1), 'assay.credits': credits });
    for (const other of spans) if (other !== parent) step.link(other);
    step.end();
  }
}
