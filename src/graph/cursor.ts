import { badUserInput } from '../errors.ts';
import { remembering } from '../remembering.ts';
import type { Arguments } from '../pricing/field-cost.ts';
import { quoted } from './global-id.ts';

const prefix = 'after:';

/** Opaque cursors: the key of an item (a day, an hour, a position) in base64url. */
export const encodeCursor = remembering((key: string) =>
  Buffer.from(`${prefix}${key}`).toString('base64url'),
);

/** The key in argument `after`; `undefined` without one. Refuses what is no cursor of this kind. */
export function decodeCursor(args: Arguments, isKey: (key: string) => boolean): string | undefined {
  const { after } = args;
  if (typeof after !== 'string') return undefined;
  const text = Buffer.from(after, 'base64url').toString();
  const key = text.slice(prefix.length);
  if (!text.startsWith(prefix) || !isKey(key)) {
    throw badUserInput(
      'after',
      `is no cursor of this connection: expected its \`endCursor\`, got ${quoted(after)}.`,
    );
  }
  return key;
}
