import { z } from 'zod';
import { UpstreamError, type UpstreamErrorKind } from '../errors.ts';
import type { UpstreamAnswer } from '../upstream.ts';

const envelope = z.object({ success: z.literal(true), data: z.array(z.unknown()) });
const refusal = z.object({ message: z.string() });

/**
 * What an answer of this upstream means: its raw records, or an `UpstreamError`.
 * Two of its statuses do not mean what they say: 404 is "no rows", and 401 is also "not in your plan".
 */
export function readEnvelope(upstream: string, path: string, answer: UpstreamAnswer): unknown[] {
  const { status, body } = answer;
  const fail = (kind: UpstreamErrorKind) =>
    new UpstreamError({ upstream, endpoint: path, kind, status });

  if (status === 200) {
    const parsed = envelope.safeParse(body);
    if (!parsed.success) throw fail('bad-data');
    return parsed.data.data;
  }
  const said = refusal.safeParse(body);
  const message = said.success ? said.data.message : '';
  if (status === 404) {
    if (/data not found/i.test(message)) return [];
    throw fail('withdrawn');
  }
  if (status === 401) throw fail(/\bplan\b/i.test(message) ? 'plan-restricted' : 'auth');
  if (status === 402 || status === 403) throw fail('plan-restricted');
  if (status === 410) throw fail('withdrawn');
  if (status >= 400 && status < 500) throw fail('rejected');
  if (status >= 500) throw fail('unavailable');
  throw fail('bad-data');
}
