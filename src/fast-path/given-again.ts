import { openCostText, throttleText } from '../answer/cost.ts';
import type { RequestLog } from '../answer/request-line.ts';
import type { Charge, Quota } from '../callers/quota/quota.ts';
import { limitsOf } from '../plugins/cost-refusals.ts';
import type { CostLimits } from '../pricing/priced.ts';
import type { KeptAnswer } from './answers.ts';
import type { Priced } from './executed.ts';
import { choose, encodedBytesMin } from './encodings.ts';
import { askedLine, type Exchange, headersOf, note } from './exchange.ts';
import type { Body, Replies } from './replies.ts';

export interface GivenAgainOptions {
  readonly log: RequestLog;
  readonly quota: Pick<Quota, 'charge'>;
  readonly limits: CostLimits;
  readonly replies: Replies;
  readonly refuseQuota: (exchange: Exchange, charge: Charge, priced: Priced) => void;
  readonly onFault: (fault: unknown) => void;
}

/** What is the same whenever an answer is given again to callers of one view. */
interface Sameness {
  /** `{…}` without the closing brace. */
  readonly cost: string;
  readonly lines: Map<string, string>;
}

/** The answer as the client takes it best, where that is at hand and worth its while. */
function encoded(
  { request }: Exchange,
  { tail, encodings }: KeptAnswer,
  prefix: string,
): Body | undefined {
  const accepted = request.headers['accept-encoding'];
  if (accepted === undefined || tail.length < encodedBytesMin) return undefined;
  const coding = choose(Array.isArray(accepted) ? accepted.join() : accepted);
  const bytes = coding === 'identity' ? undefined : encodings[coding](prefix);
  return bytes && { data: bytes, length: bytes.length, coding };
}

/** Gives kept answers: charged like any other, though nothing is read for them. */
export function createGivenAgain(options: GivenAgainOptions) {
  const { log, quota, replies, refuseQuota, limits, onFault } = options;
  const sameness = new WeakMap<KeptAnswer, Sameness>();

  const samenessOf = (kept: KeptAnswer, { caller }: Exchange): Sameness => {
    const known = sameness.get(kept);
    if (known !== undefined) return known;
    const cost = openCostText(kept.price, limitsOf(limits, caller.plan), kept.usage);
    const made = { cost, lines: new Map<string, string>() };
    sameness.set(kept, made);
    return made;
  };

  const lineOf = (exchange: Exchange, kept: KeptAnswer, lines: Map<string, string>): string => {
    const id = exchange.asked.document?.id ?? '';
    const line = lines.get(id) ?? askedLine(exchange, kept.usage);
    lines.set(id, line);
    return line;
  };

  return (exchange: Exchange, kept: KeptAnswer, nowMs: number): void => {
    const give = (charge: Charge) => {
      if (!charge.allowed) {
        const limits = limitsOf(options.limits, exchange.caller.plan);
        return refuseQuota(exchange, charge, { price: kept.price, limits });
      }
      const { cost, lines } = samenessOf(kept, exchange);
      const sources = kept.sourcesAt(nowMs);
      const throttle = throttleText(charge);
      const prefix = `{"extensions":{"sources":${sources},"cost":${cost}${throttle}}},"data":`;
      const body = encoded(exchange, kept, prefix) ?? {
        data: prefix + kept.tail,
        // Of names and numbers of ours, each is a byte.
        length: prefix.length + kept.tailBytes,
      };
      const status = replies.whole(exchange, body, headersOf(exchange, charge, nowMs), () => ({
        cacheControl: kept.cacheControlAt(nowMs),
        etag: kept.etagOf(exchange.contentType),
      }));
      note(log, exchange, status, lineOf(exchange, kept, lines));
    };
    // It reads nothing upstream.
    const charged = quota.charge(exchange.caller, { points: kept.price.points, credits: 0 });
    if (charged instanceof Promise) void charged.then(give).catch(onFault);
    else give(charged);
  };
}
