import { isWithin } from '../../clock.ts';
import { UpstreamError, type UpstreamErrorKind } from '../errors.ts';

/** What only an operator can change: asking again at once would spend a credit on the same answer. */
const lasting: ReadonlySet<UpstreamErrorKind> = new Set(['auth', 'plan-restricted']);
/** An operator who changed it waits no longer than this. */
const believedMs = 60_000;

/** Endpoints that refuse whatever is asked, for a minute each. */
export function createRefusals(now: () => number) {
  const refused = new Map<string, { readonly error: UpstreamError; readonly atMs: number }>();
  return {
    /** Throws what the endpoint has just refused with. */
    assertNotRefused(path: string): void {
      const refusal = refused.get(path);
      if (refusal !== undefined && isWithin(refusal.atMs, believedMs, now())) throw refusal.error;
      refused.delete(path);
    },
    /** Remembers an error that would come again. */
    note(error: unknown): void {
      if (!(error instanceof UpstreamError) || !lasting.has(error.kind)) return;
      refused.set(error.endpoint, { error, atMs: now() });
    },
  };
}
