import { z } from 'zod';
import { UpstreamError, type UpstreamErrorKind } from '../errors.ts';
import { retryAfterSeconds } from '../wire/retry.ts';
import type { UpstreamAnswer } from '../wire/upstream.ts';

const refusal = z.object({ message: z.string() });

/** Parses the body of a success; `undefined` when it is not what is documented. */
type ReadBody<T> = (body: unknown) => T | undefined;

/**
 * What an answer of this upstream means: its content, `null` for "no rows", or an `UpstreamError`.
 * Two of its statuses do not mean what they say: 404 is "no rows", and 401 is also "not in your plan".
 */
export function readContent<T>(
  upstream: string,
  path: string,
  answer: UpstreamAnswer,
  readBody: ReadBody<T>,
): T | null {
  const { status, body } = answer;
  const fail = (kind: UpstreamErrorKind, waitSeconds?: number) =>
    new UpstreamError({
      upstream,
      endpoint: path,
      kind,
      status,
      retryAfterSeconds: waitSeconds,
    });

  if (status === 200) {
    const content = readBody(body);
    if (content === undefined) throw fail('bad-data');
    return content;
  }
  const said = refusal.safeParse(body);
  const message = said.success ? said.data.message : '';
  if (status === 404) {
    if (/data not found/i.test(message)) return null;
    throw fail('withdrawn');
  }
  if (status === 401) throw fail(/\bplan\b/i.test(message) ? 'plan-restricted' : 'auth');
  if (status === 402 || status === 403) throw fail('plan-restricted');
  if (status === 410) throw fail('withdrawn');
  if (status === 429) {
    throw fail('rate-limited', retryAfterSeconds(answer.headers['retry-after'], Date.now()));
  }
  if (status >= 400 && status < 500) throw fail('rejected');
  if (status >= 500) throw fail('unavailable');
  throw fail('bad-data');
}

const rowsBody = z.object({ success: z.literal(true), data: z.array(z.unknown()) });
const chartBody = z.object({ success: z.literal(true), chartUrl: z.url({ protocol: /^https?$/ }) });
const analystBody = z.object({
  success: z.literal(true),
  answer: z.string().min(1),
  thread: z
    .array(z.object({ user: z.string().optional(), chatbot: z.string().optional() }))
    .catch([]),
});

/** The raw records of an answer; none when it says that there are none. */
export function readEnvelope(upstream: string, path: string, answer: UpstreamAnswer): unknown[] {
  return readContent(upstream, path, answer, (body) => rowsBody.safeParse(body).data?.data) ?? [];
}

/** Where a picture is. */
export const readChart: ReadBody<{ readonly chartUrl: string }> = (body) =>
  chartBody.safeParse(body).data;

/** An answer in words, and the conversation it stands in. */
export const readAnalyst: ReadBody<z.output<typeof analystBody>> = (body) =>
  analystBody.safeParse(body).data;
