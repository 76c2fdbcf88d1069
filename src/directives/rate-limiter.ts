import { type IRateLimiterOptions, RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

import type { RateLimit } from './rate-counters.ts';
import type { TakeUse } from './tick.ts';

export type FieldRateLimiterOptions = IRateLimiterOptions & { readonly takeUse: TakeUse };

/**
 * What graphql-rate-limit-directive makes of each distinct limit: a door to the counters.
 * The library declares `RateLimiterAbstract`, but does not export it; this is its leanest child.
 */
export class FieldRateLimiter extends RateLimiterMemory {
  readonly #takeUse: TakeUse;
  readonly #rate: RateLimit;

  constructor(options: FieldRateLimiterOptions) {
    super(options);
    this.#takeUse = options.takeUse;
    this.#rate = { limit: this.points, durationSeconds: this.duration };
  }

  /** Takes one use; rejects with the `RateLimiterRes` of a refusal, as the directive expects. */
  override async consume(key: string | number): Promise<RateLimiterRes> {
    const { isGranted, left, used, msToReset } = await this.#takeUse(this.#rate, String(key));
    const response = new RateLimiterRes(left, msToReset, used);
    if (isGranted) return response;
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- the library's word for "refused"
    throw response;
  }
}
