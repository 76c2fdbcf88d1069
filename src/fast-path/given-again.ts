import { openCostText, throttleText } from '../answer/cost.ts';
import type { RequestIds, RequestLog } from '../answer/request-line.ts';
import type { Charge, Quota } from '../callers/quota/quota.ts';
import { bytesBody } from '../direct/body.ts';
import { flat } from '../flat-text.ts';
import { limitsOf } from '../plugins/cost-refusals.ts';
import type { CostLimits } from '../pricing/priced.ts';
import type { KeptAnswer } from './answers.ts';
import type { Priced } from './executed.ts';
import { choose, encodedBytesMin } from './encodings.ts';
import { type Answered, askedLine, type Exchange, headersOf, idsOf, note } from './exchange.ts';
import type { Body, Replies } from './replies.ts';
import { createTelling, type Telling } from './telling.ts';

export interface GivenAgainOptions {
  readonly log: RequestLog;
  readonly quota: Pick<Quota, 'charge'>;
  readonly limits: CostLimits;
  readonly replies: Replies;
  readonly refuseQuota: (exchange: Exchange, charge: Charge, priced: Priced) => void;
  readonly onFault: (fault: unknown, ids: RequestIds) => void;
}

/** What is the same whenever an answer is given again to callers of one view. */
interface Sameness {
  readonly telling: Telling;
  /** Of the log, by document. */
  readonly lines: Map<string, string>;
  readonly answered: Answered;
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
  return bytes && { ...bytesBody('', bytes), coding };
}

/** Gives kept answers: charged like any other, though nothing is read for them. */
export function createGivenAgain(options: GivenAgainOptions) {
  const { log, quota, replies, refuseQuota, limits, onFault } = options;
  const sameness = new WeakMap<KeptAnswer, Sameness>();

  const samenessOf = (kept: KeptAnswer, { caller }: Exchange): Sameness => {
    const known = sameness.get(kept);
    if (known !== undefined) return known;
    const cost = openCostText(kept.price, limitsOf(limits, caller.plan), kept.usage);
    const answered: Answered = { answer: 'kept', usage: kept.usage, errors: [] };
    const telling = createTelling(kept, cost);
    const made = { telling, lines: new Map<string, string>(), answered };
    sameness.set(kept, made);
    return made;
  };

  const lineOf = (exchange: Exchange, kept: KeptAnswer, lines: Map<string, string>): string => {
    const id = exchange.asked.document?.id ?? '';
    const known = lines.get(id);
    if (known !== undefined) return known;
    const line = flat(askedLine(exchange, kept.usage));
    lines.set(id, line);
    return line;
  };

  return (exchange: Exchange, kept: KeptAnswer, nowMs: number): void => {
    const give = (charge: Charge) => {
      if (!charge.allowed) {
        const limits = limitsOf(options.limits, exchange.caller.plan);
        return refuseQuota(exchange, charge, { price: kept.price, limits });
      }
      exchange.trace?.span?.set({ 'assay.answer': 'kept' });
      const { telling, lines, answered } = samenessOf(kept, exchange);
      const prefix = `${telling.openingAt(nowMs)}${throttleText(charge)}}},"data":`;
      const body = encoded(exchange, kept, prefix) ?? bytesBody(prefix, kept.tail);
      const status = replies.whole(exchange, body, headersOf(exchange, charge, nowMs), () =>
        telling.forCachesAt(nowMs, exchange.contentType),
      );
      note(log, exchange, status, lineOf(exchange, kept, lines), answered);
    };
    // It reads nothing upstream.
    const charged = quota.charge(exchange.caller, { points: kept.price.points, credits: 0 });
    if (!(charged instanceof Promise)) return give(charged);
    void charged.then(give).catch((fault: unknown) => onFault(fault, idsOf(exchange)));
  };
}
