import { createLocalJWKSet, type JSONWebKeySet, type LocalJWKSet } from 'jose';
import { Agent } from 'undici';

/** The published keys, and the text they were read from. */
export interface PublishedKeys {
  readonly text: string;
  readonly find: LocalJWKSet;
}

export interface KeyFetcherOptions {
  readonly jwksUrl: string;
  readonly timeoutMs: number;
  readonly bodyBytesMax: number;
}

export type KeyFetcher = ReturnType<typeof createKeyFetcher>;

/** Reads the keys of an issuer; rejects with an error whose message says why and nothing of the answer. */
export function createKeyFetcher({ jwksUrl, timeoutMs, bodyBytesMax }: KeyFetcherOptions) {
  const { origin, pathname, search } = new URL(jwksUrl);
  // undici follows no redirect unless told to, and unpacks no compressed answer.
  const dispatcher = new Agent({ connections: 1, maxResponseSize: bodyBytesMax });

  async function textWithin(signal: AbortSignal): Promise<string> {
    const { statusCode, body } = await dispatcher.request({
      origin,
      path: `${pathname}${search}`,
      method: 'GET',
      signal,
      headers: { accept: 'application/json, application/jwk-set+json' },
    });
    if (statusCode === 200) return body.text();
    body.on('error', () => {}).destroy();
    throw new FetchFault(`expected status 200, got ${statusCode}`);
  }

  return {
    async fetch(): Promise<PublishedKeys> {
      const deadline = new AbortController();
      const timer = setTimeout(() => deadline.abort(), timeoutMs);
      try {
        const text = await textWithin(deadline.signal);
        const json: unknown = JSON.parse(text);
        if (!isKeySet(json)) throw new FetchFault(notKeys);
        return { text, find: createLocalJWKSet(json) };
      } catch (error) {
        if (deadline.signal.aborted) throw new FetchFault(`no answer within ${timeoutMs} ms`);
        throw error instanceof FetchFault ? error : new FetchFault(reasonOf(error));
      } finally {
        clearTimeout(timer);
      }
    },
    close: () => dispatcher.destroy(),
  };
}

class FetchFault extends Error {}

const notKeys = 'expected a JSON Web Key Set, got something else';

/** What the single keys are, jose looks at when one is asked for. */
function isKeySet(json: unknown): json is JSONWebKeySet {
  return typeof json === 'object' && json !== null && 'keys' in json && Array.isArray(json.keys);
}

/** A code, for messages hold addresses and pieces of what came. */
function reasonOf(error: unknown): string {
  if (error instanceof SyntaxError) return 'expected JSON, got something else';
  if (!(error instanceof Error)) return 'unknown';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  if (code === 'ERR_JWKS_INVALID') return notKeys;
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') return 'the answer is too large';
  return code;
}
