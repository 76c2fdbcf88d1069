/**
 * The message only: an error of AUTH carries the password as an argument. Where AUTH has been renamed
 * or is not known, the message repeats that as well.
 */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const { message, name } = error;
  return message.replace(/, with args beginning with:.*/s, '') || name;
}
