/**
 * A server may lend a stand-in for a signal, which fires but does not say `aborted` to who asks later:
 * one native signal is made of it for all reads of an operation, and only if there are any.
 */
export function lastingSignalOf(lent: () => AbortSignal): () => AbortSignal {
  let signal: AbortSignal | undefined;
  return () => (signal ??= AbortSignal.any([lent()]));
}
