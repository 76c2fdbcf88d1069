interface MaybeThenable {
  readonly then?: unknown;
}

/** Whether a value has a method `then`, which is how graphql-js tells promises. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (typeof value !== 'object' && typeof value !== 'function') return false;
  if (value === null) return false;
  const { then }: MaybeThenable = value;
  return typeof then === 'function';
}

/** Whether a value is none; an error that was returned is thrown. */
export function isAbsent(value: unknown): value is null | undefined {
  if (value instanceof Error) throw value;
  return value === null || value === undefined;
}
