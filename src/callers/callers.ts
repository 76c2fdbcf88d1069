import type { Redis } from 'ioredis';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import { createAuthenticator } from './authenticate.ts';
import { createJwtVerifier } from './jwt/jwt-verifier.ts';
import { createKeyring } from './keys/keyring.ts';
import { createPlanBook, fixedPlanBook } from './plans/plan-book.ts';
import { builtInPlans, type PlanDefaults } from './plans/plans.ts';
import { createQuota } from './quota/quota.ts';

export interface CallersOptions {
  readonly settings: Config['callers'];
  /** What a plan means where its file is silent, and what no plan exceeds. */
  readonly defaults: PlanDefaults;
  readonly isSandbox: boolean;
  readonly redis: Redis | undefined;
  readonly log: Log;
  readonly now: () => number;
}

/** Who may ask and how much: keys, tokens, plans and quotas. Rejects for files that cannot be used. */
export async function createCallers(options: CallersOptions) {
  const { settings, defaults, isSandbox, redis, log, now } = options;
  const { keysFile, plansFile, anonymous } = settings;
  const plans =
    plansFile === undefined
      ? fixedPlanBook(builtInPlans({ isSandbox, anonymous, defaults }))
      : await createPlanBook({ file: plansFile, defaults, log });
  const source =
    keysFile !== undefined
      ? ({ kind: 'file', path: keysFile } as const)
      : redis && ({ kind: 'redis', client: redis } as const);
  const keyring = source && createKeyring({ source, log, now });
  await keyring?.ready;
  const jwt = settings.jwt && createJwtVerifier({ ...settings.jwt, log, now });

  return {
    authenticate: createAuthenticator({ keyring, jwt, plans }),
    quota: createQuota({ redis, log, now }),
    close: async () => {
      keyring?.close();
      await jwt?.close();
      plans.close();
    },
  };
}
