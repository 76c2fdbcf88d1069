/** A step of somebody else's trace that a request was sent in. */
export interface Parent {
  readonly traceId: string;
  readonly spanId: string;
  readonly isSampled: boolean;
}

/** Later versions may say more, behind the same four fields. */
const pattern = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/;
const noTrace = '0'.repeat(32);
const noSpan = '0'.repeat(16);
const sampledFlag = 1;

/** Reads W3C's `traceparent`; undefined for whatever is none, which is then as good as not sent. */
export function readTraceparent(text: string): Parent | undefined {
  const [, version, traceId, spanId, flags, more] = pattern.exec(text) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  if (version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  if (traceId === noTrace || spanId === noSpan) return undefined;
  return { traceId, spanId, isSampled: (parseInt(flags, 16) & sampledFlag) === sampledFlag };
}

/** As it goes out with what is recorded. */
export const writeTraceparent = ({ traceId, spanId }: Omit<Parent, 'isSampled'>): string =>
  `00-${traceId}-${spanId}-01`;
