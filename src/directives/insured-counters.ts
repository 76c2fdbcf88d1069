import { reasonOf } from '../redis-reason.ts';
import type { RateCounters } from './rate-counters.ts';

export type InsuranceLog = {
  readonly info: (object: object, message: string) => void;
  readonly warn: (object: object, message: string) => void;
};

/**
 * Counts with `insurance` whenever `counters` fail, under the same limits, because a demand carries
 * its own. The insurance starts at zero: an outage costs one more window per gateway at most.
 */
export function insureCounters(
  counters: RateCounters,
  insurance: RateCounters,
  log: InsuranceLog,
): RateCounters {
  let isInsured = false;

  return {
    take: async (demands) => {
      try {
        const grants = await counters.take(demands);
        if (isInsured) log.info({}, 'rate limits are counted in Redis again');
        isInsured = false;
        return grants;
      } catch (error) {
        if (!isInsured)
          log.warn({ reason: reasonOf(error) }, 'rate limits are counted in memory, per process');
        isInsured = true;
        return insurance.take(demands);
      }
    },
  };
}
