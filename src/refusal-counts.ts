/** Why somebody is refused before there is a request to be answered. */
export const refusalReasons = [
  /** No HTTP that can be read, or none a URL can be made of. */
  'malformed',
  /** The client said no more before it had said all. */
  'incomplete',
  'headers-too-large',
  'body-too-large',
  /** It did not come in time. */
  'too-slow',
  /** Too many connections of one address. */
  'address-full',
  /** Too many connections of all. */
  'gateway-full',
] as const;

export type RefusalReason = (typeof refusalReasons)[number];
export type OnRefused = (reason: RefusalReason) => void;
export type RefusalCounts = ReturnType<typeof createRefusalCounts>;

/** Nothing of them is in the log, where strangers could fill it. */
export function createRefusalCounts() {
  const counts = new Map<RefusalReason, number>(refusalReasons.map((reason) => [reason, 0]));
  return {
    count: (reason: RefusalReason): void => {
      counts.set(reason, (counts.get(reason) ?? 0) + 1);
    },
    read: (): ReadonlyMap<RefusalReason, number> => counts,
  };
}
