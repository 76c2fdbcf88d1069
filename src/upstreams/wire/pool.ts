import { Pool } from 'undici';

/** The largest answer worth parsing: a page of the fattest rows is a tenth of it. */
const answerBytesMax = 16 * 1024 * 1024;
const keepAliveMs = 30_000;

export interface PoolOptions {
  readonly baseUrl: string;
  readonly connections: number;
  /** The deadline of a request with all its attempts, in milliseconds. */
  readonly timeoutMs: number;
}

/** The connections to an upstream's origin. */
export function createPool({ baseUrl, connections, timeoutMs }: PoolOptions): Pool {
  return new Pool(new URL(baseUrl).origin, {
    connections,
    // A host that swallows connections must leave time for another attempt.
    connect: { timeout: timeoutMs / 3 },
    keepAliveTimeout: keepAliveMs,
    maxResponseSize: answerBytesMax,
  });
}
