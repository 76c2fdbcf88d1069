import type { Received } from './witness.ts';

type Headers = Readonly<Record<string, string>>;

interface Stored {
  readonly response: Received;
  readonly storedAtMs: number;
  /** What the request had in the headers that the response varies by. */
  readonly chosenBy: ReadonlyMap<string, string | undefined>;
}

export interface FromCache {
  readonly response: Received;
  readonly how: 'origin' | 'stored' | 'validated';
}

export interface CacheOptions {
  readonly fetch: (url: string, headers: Headers) => Promise<Received>;
  /** A proxy's is shared by all clients; a browser's keeps `private` answers too. */
  readonly isShared: boolean;
  readonly now: () => number;
}

/** A cache for GETs as RFC 9111 has it, as eager as it is allowed to be. */
export function createCache({ fetch, isShared, now }: CacheOptions) {
  const kept = new Map<string, Stored[]>();

  function store(url: string, headers: Headers, response: Received): void {
    const directives = directivesOf(response);
    const vary = namesIn(response.headers['vary']);
    if (response.status !== 200 || directives.has('no-store') || vary.includes('*')) return;
    if (isShared && directives.has('private')) return;
    // Section 3.5: what was asked with Authorization is shared only when that is said.
    if (isShared && 'authorization' in headers && !directives.has('public')) return;
    if (!directives.has('max-age') && response.headers['etag'] === undefined) return;
    const chosenBy = new Map(vary.map((name) => [name, headers[name]]));
    const others = kept.get(url)?.filter((one) => !isChosen(one, headers)) ?? [];
    kept.set(url, [...others, { response, storedAtMs: now(), chosenBy }]);
  }

  return async function get(url: string, headers: Headers): Promise<FromCache> {
    const stored = kept.get(url)?.find((one) => isChosen(one, headers));
    const etag = stored?.response.headers['etag'];
    if (stored !== undefined && isFresh(stored, now())) {
      return { response: stored.response, how: 'stored' };
    }
    const response = await fetch(url, {
      ...headers,
      ...(etag === undefined ? {} : { 'if-none-match': etag }),
    });
    if (response.status === 304 && stored !== undefined) {
      // Section 3.2: the stored answer with the headers of now.
      const joined = { ...stored.response.headers, ...response.headers };
      const updated = { ...stored.response, headers: joined };
      store(url, headers, updated);
      return { response: updated, how: 'validated' };
    }
    store(url, headers, response);
    return { response, how: 'origin' };
  };
}

function isChosen({ chosenBy }: Stored, headers: Headers): boolean {
  return [...chosenBy].every(([name, value]) => headers[name] === value);
}

function isFresh({ response, storedAtMs }: Stored, nowMs: number): boolean {
  const directives = directivesOf(response);
  if (directives.has('no-cache')) return false;
  const ageMs = Number(response.headers['age'] ?? 0) * 1000 + nowMs - storedAtMs;
  return ageMs < Number(directives.get('max-age') ?? 0) * 1000;
}

function directivesOf({ headers }: Received): ReadonlyMap<string, string> {
  const directives = namesIn(headers['cache-control']).map((text) => text.split('='));
  return new Map(directives.map(([name = '', value = '']) => [name, value]));
}

const namesIn = (text = '') =>
  text
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
