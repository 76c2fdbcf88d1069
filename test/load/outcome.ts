import { gunzipSync } from 'node:zlib';

/** What came of a request in a few words: `200`, `429 QUOTA_EXCEEDED`, `no answer: ECONNREFUSED`. */
export function outcomeOf(status: number, encoding: unknown, body: Buffer): string {
  if (status === 304 || status === 204)
    return body.length === 0 ? `${status}` : `${status} with body`;
  const text = (encoding === 'gzip' ? gunzipSync(body) : body).toString();
  if (!text.includes('"errors":')) {
    return text.includes('"data":{') ? `${status}` : `${status} without data`;
  }
  const { errors = [] }: Answer = JSON.parse(text);
  const codes = new Set(errors.map(({ extensions }) => extensions?.code ?? 'no code'));
  return [status, ...[...codes].sort()].join(' ');
}

interface Answer {
  readonly errors?: readonly { readonly extensions?: { readonly code?: string } }[];
}

/** No answer came, or none that can be read. */
export function failureOf(error: unknown): string {
  const { code, name, message }: { code?: string; name?: string; message?: string } = Object(error);
  return `no answer: ${code ?? name ?? message ?? 'unknown'}`;
}

export const left = 'left before the answer';

/** What a client that may ask twice asks a second time: nobody has answered it. */
export const isWorthRetry = (outcome: string): boolean => /^(no answer|50[234])/.test(outcome);
