import { LRUCache } from 'lru-cache';

import { isWithin } from '../clock.ts';
import { counted, type CountingRedis } from '../redis/round-trips.ts';
import { sha256Hex } from './hash.ts';
import type { TrustedDocument } from './manifest.ts';

/** The two commands the store sends; an ioredis client fits. */
export type DocumentRedis = CountingRedis & {
  readonly get: (key: string) => Promise<string | null>;
  readonly set: (key: string, value: string, unit: 'EX', seconds: number) => Promise<unknown>;
};

export type DocumentStoreOptions = {
  /** Documents of the manifests, by every id they have. */
  readonly trusted?: ReadonlyMap<string, TrustedDocument>;
  /** How many registered documents one process remembers. */
  readonly documentsMax?: number;
  /** How many bytes of registered text one process remembers. */
  readonly bytesMax?: number;
  /** Shares registered documents between processes. Give it no offline queue and a command timeout. */
  readonly redis?: DocumentRedis;
  /** How long Redis remembers a registered document. */
  readonly ttlSeconds?: number;
  /** How long Redis is left alone after it failed. */
  readonly pauseMs?: number;
  /** Called once when Redis stops answering, not for every request it fails. */
  readonly onOutage?: (error: unknown) => void;
  /** Called when Redis held a text that does not match its hash; the text is not used. */
  readonly onTampered?: (hash: string) => void;
  readonly now?: () => number;
};

export type DocumentStore = {
  /** A document of a manifest, by any of its ids. */
  readonly getTrusted: (id: string) => TrustedDocument | undefined;
  /** From now on those of the manifests are these. */
  readonly replaceTrusted: (trusted: ReadonlyMap<string, TrustedDocument>) => void;
  /** Told when they have been replaced, for who keeps what they meant. */
  readonly onReplaced: (listener: () => void) => void;
  /** The text a client registered under its SHA-256, if this process knows it. */
  readonly peek: (hash: string) => string | undefined;
  /** The same from this process or from Redis. */
  readonly get: (hash: string) => Promise<string | undefined>;
  /** Remembers a text: here at once, in Redis when the promise is fulfilled. Never rejects. */
  readonly put: (hash: string, text: string) => Promise<void>;
};

const keyOf = (hash: string) => `assay:document:${hash}`;

// What a Map entry, two strings and their headers cost beside the text; keeps tiny texts honest.
const ENTRY_BYTES = 256;

/**
 * Trusted documents until their manifests change, registered ones in a bounded memory in front of an optional Redis.
 * Redis is a convenience: whatever happens to it, a document it cannot give is merely unknown.
 */
export function createDocumentStore({
  trusted: first = new Map(),
  documentsMax = 5_000,
  bytesMax = 16 * 1024 * 1024,
  redis,
  ttlSeconds = 7 * 24 * 60 * 60,
  pauseMs = 1_000,
  onOutage,
  onTampered,
  now = Date.now,
}: DocumentStoreOptions = {}): DocumentStore {
  const registered = new LRUCache<string, string>({
    max: documentsMax,
    maxSize: bytesMax,
    sizeCalculation: (text) => Buffer.byteLength(text) + ENTRY_BYTES,
  });
  let pausedAt: number | undefined;
  let trusted = first;
  const listeners: (() => void)[] = [];

  async function ask<T>(command: (redis: DocumentRedis) => Promise<T>): Promise<T | undefined> {
    if (redis === undefined) return undefined;
    if (pausedAt !== undefined) {
      if (isWithin(pausedAt, pauseMs, now())) return undefined;
      // One request looks whether Redis is back; the others do not wait with it.
      pausedAt = now();
    }
    try {
      const answer = await counted(redis, 'documents', command(redis));
      pausedAt = undefined;
      return answer;
    } catch (error) {
      const isFirst = pausedAt === undefined;
      pausedAt = now();
      if (isFirst) onOutage?.(error);
      return undefined;
    }
  }

  return {
    getTrusted: (id) => trusted.get(id),
    replaceTrusted(replacement) {
      trusted = replacement;
      for (const listener of listeners) listener();
    },
    onReplaced: (listener) => void listeners.push(listener),
    peek: (hash) => registered.get(hash),
    async get(hash) {
      const here = registered.get(hash);
      if (here !== undefined) return here;
      const text = await ask((redis) => redis.get(keyOf(hash)));
      if (text === undefined || text === null) return undefined;
      // Whoever can write to Redis must not choose what a hash means.
      if (sha256Hex(text) !== hash) {
        onTampered?.(hash);
        return undefined;
      }
      registered.set(hash, text);
      return text;
    },
    async put(hash, text) {
      if (registered.get(hash) === text) return;
      registered.set(hash, text);
      await ask((redis) => redis.set(keyOf(hash), text, 'EX', ttlSeconds));
    },
  };
}
