import type { Config } from '../config.ts';
import type { CallersFiles } from '../files.ts';
import type { Log } from '../log.ts';
import type { RedisClient } from '../redis/client.ts';
import { createAuthenticator } from './authenticate.ts';
import { createJwtVerifier } from './jwt/jwt-verifier.ts';
import { createKeyring } from './keys/keyring.ts';
import { createPlanBook, fixedPlanBook } from './plans/plan-book.ts';
import { builtInPlans, type PlanDefaults } from './plans/plans.ts';
import { createQuota, type QuotaOptions } from './quota/quota.ts';

export interface CallersOptions {
  readonly settings: Config['callers'];
  readonly files: CallersFiles;
  /** What a plan means where its file is silent, and what no plan exceeds. */
  readonly defaults: PlanDefaults;
  readonly isSandbox: boolean;
  /** Where keys are kept for many. */
  readonly redis: RedisClient | undefined;
  /** Where quotas are counted for many: a connection without a timeout, waited for so long. */
  readonly quota: Pick<QuotaOptions, 'redis' | 'deadlineMs' | 'rest'>;
  readonly log: Log;
  readonly now: () => number;
}

export type Readiness = 'ready' | 'without-keys';

/** Who may ask and how much: keys, tokens, plans and quotas. */
export async function createCallers(options: CallersOptions) {
  const { settings, files, defaults, isSandbox, redis, log, now } = options;
  const { keysFile, plansFile, anonymous } = settings;
  const plans =
    plansFile === undefined
      ? fixedPlanBook(builtInPlans({ isSandbox, anonymous, defaults }))
      : await createPlanBook({ file: plansFile, first: files.plans, defaults, log });
  const source =
    keysFile !== undefined
      ? ({ kind: 'file', path: keysFile } as const)
      : redis && ({ kind: 'redis', client: redis } as const);
  const keyring = source && createKeyring({ source, first: files.keys, log, now });
  await keyring?.ready;
  const quota = createQuota({ ...options.quota, log, now });
  const jwt = settings.jwt && createJwtVerifier({ ...settings.jwt, log, now });
  const isOpenWithoutKeys = () => jwt !== undefined || plans.current().anonymous !== undefined;

  return {
    authenticate: createAuthenticator({ keyring, jwt, plans, scopes: defaults.scopes }),
    /** Whether somebody can be served; callers that were known once stay known while Redis is away. */
    readiness: (): Readiness =>
      keyring?.isRead() === false && !isOpenWithoutKeys() ? 'without-keys' : 'ready',
    /** The keys this gateway knows; none where it reads none. */
    keys: keyring,
    quota,
    /** Looks now whether keys or plans have changed. */
    reload: async () => {
      await Promise.all([plans.reload(), keyring?.reload()]);
    },
    close: async () => {
      keyring?.close();
      await quota.close();
      await jwt?.close();
      plans.close();
    },
  };
}
