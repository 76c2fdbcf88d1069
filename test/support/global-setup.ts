import type { TestProject } from 'vitest/node';

import { startRedis } from './redis.ts';
import { chromiumPackage, ensureSystemPackages, redisPackage } from './system-package.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** One Redis for the whole run: share it with `freshPrefix()` or callers of your own. */
    readonly redisUrl: string;
    readonly chromiumPath: string;
  }
}

/** Brings up what tests need from outside Node, or says what to install. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [redisPath, chromiumPath = ''] = ensureSystemPackages([redisPackage, chromiumPackage]);
  const redis = await startRedis(redisPath);
  project.provide('redisUrl', redis.url);
  project.provide('chromiumPath', chromiumPath);
  return redis.stop;
}
