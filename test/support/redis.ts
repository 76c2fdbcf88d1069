import { randomUUID } from 'node:crypto';

import { type RedisProcess, serverArgs, startRedisProcess } from './redis-process.ts';

export type TestRedis = RedisProcess;

/** Starts a Redis without persistence on a free port of 127.0.0.1. */
export const startRedis = (program?: string): Promise<TestRedis> =>
  startRedisProcess({ ...(program === undefined ? {} : { program }), args: serverArgs });

/** A prefix nobody else uses, for tests that share one Redis. */
export function freshPrefix(): string {
  return `test:${randomUUID()}:`;
}
