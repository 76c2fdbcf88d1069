import { type IRateLimiterOptions, RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

import type { RateLimit } from './rate-counters.ts';
import type { TakeUses } from './tick.ts';

export type FieldRateLimiterOptions = IRateLimiterOptions & { readonly take: TakeUses };

/**
 * What graphql-rate-limit-directive makes of each distinct limit: a door to the counters.
 * The library declares `RateLimiterAbstract`, but does not export it; this is its leanest child.
 */
export class FieldRateLimiter extends RateLimiterMemory {
  readonly #take: TakeUses;
  readonly #rate: RateLimit;

  constructor(options: FieldRateLimiterOptions) {
    super(options);
    this.#take = options.take;
    this.#rate = { limit: this.points, durationSeconds: this.duration };
  }

  /** Takes one use; rejects with the `RateLimiterRes` of a refusal, as the directive expects. */
  override async consume(key: string | number): Promise<RateLimiterRes> {
    const { granted, left, used, msToReset } = await this.#take(this.#rate, String(key), 1);
    const response = new RateLimiterRes(left, msToReset, used);
    if (granted === 1) return response;
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- the library's word for "refused"
    throw response;
  }
}
