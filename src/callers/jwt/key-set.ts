import type { CryptoKey, JWSHeaderParameters } from 'jose';
import { isWithin } from '../../clock.ts';
import type { KeyFetcher, PublishedKeys } from './fetch-keys.ts';

export interface KeySetOptions {
  readonly fetcher: KeyFetcher;
  readonly now: () => number;
  readonly log: { readonly [level in 'info' | 'warn']: (fields: object, message: string) => void };
  /** Keys older than this are fetched anew beside the work. */
  readonly freshMs?: number;
  /** Keys older than this are not used any more. */
  readonly keptMs?: number;
  /** Between two fetches because of keys that are not known. */
  readonly cooldownMs?: number;
  /** Between a fetch that failed and the next. */
  readonly retryMs?: number;
}

export type KeySet = ReturnType<typeof createKeySet>;
export type FoundKey =
  | { readonly kind: 'key'; readonly key: CryptoKey; readonly generation: number }
  | { readonly kind: 'unknown-key' | 'keys-unavailable' };

/**
 * The keys of an issuer. jose's own remote set fetches at every call while the endpoint is down, and
 * drops keys that grew old then; this one keeps its distance and the keys.
 */
export function createKeySet({
  fetcher,
  now,
  log,
  freshMs = 10 * 60_000,
  keptMs = 24 * 3600_000,
  cooldownMs = 30_000,
  retryMs = 5_000,
}: KeySetOptions) {
  let keys: (PublishedKeys & { readonly generation: number }) | undefined;
  let fetchedAtMs = -Infinity;
  let triedAtMs = -Infinity;
  let hasFailed = false;
  let flight: Promise<void> | undefined;

  async function load(): Promise<void> {
    triedAtMs = now();
    try {
      const found = await fetcher.fetch();
      // The same text keeps its generation, and with it the imported keys and the verified tokens.
      if (found.text !== keys?.text) keys = { ...found, generation: (keys?.generation ?? 0) + 1 };
      // The time of asking: what the issuer changed since is not in the answer.
      fetchedAtMs = triedAtMs;
      if (hasFailed) log.info({}, 'The keys of bearer tokens could be fetched again.');
      hasFailed = false;
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'unknown';
      if (!hasFailed) log.warn({ reason }, 'The keys of bearer tokens could not be fetched.');
      hasFailed = true;
    }
  }

  /** Joins the fetch under way, or starts one if the last was long enough ago. */
  function refresh(pauseMs: number): Promise<void> | undefined {
    if (flight === undefined && !isWithin(triedAtMs, hasFailed ? retryMs : pauseMs, now())) {
      flight = load().finally(() => {
        flight = undefined;
      });
    }
    return flight;
  }

  const ageMs = () => {
    const ms = now() - fetchedAtMs;
    // Nobody knows how old they are once the clock has been set back.
    return ms < 0 ? freshMs : ms;
  };
  const usable = () => (ageMs() < keptMs ? keys : undefined);

  async function current() {
    // After a quiet time the first waits for the news; in an outage nobody waits while keys are kept.
    if (usable() === undefined || (ageMs() >= 2 * freshMs && !hasFailed)) await refresh(0);
    else if (ageMs() >= freshMs) void refresh(0);
    return usable();
  }

  async function find(header: JWSHeaderParameters): Promise<FoundKey> {
    const { find, generation } = (await current()) ?? {};
    if (find === undefined || generation === undefined) return { kind: 'keys-unavailable' };
    try {
      return { kind: 'key', key: await find(header), generation };
    } catch {
      // None, several, or one that is no public key for the algorithm.
      return { kind: 'unknown-key' };
    }
  }

  return {
    find: async (header: JWSHeaderParameters): Promise<FoundKey> => {
      const found = await find(header);
      if (found.kind !== 'unknown-key') return found;
      const news = refresh(cooldownMs);
      if (news === undefined) return found;
      await news;
      return find(header);
    },

    /** Changes whenever the keys do; undefined when they must not be used. Sees to it that they stay fresh. */
    generation(): number | undefined {
      if (ageMs() >= freshMs) void refresh(0);
      return usable()?.generation;
    },

    /** Fetches the keys; an issuer that is down is not an error. */
    async warm(): Promise<void> {
      await refresh(0);
    },

    close: () => fetcher.close(),
  };
}
