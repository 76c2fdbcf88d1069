import type { Token } from './data/tokens.ts';

// No such host can exist: an icon is never fetched from anyone.
const host = 'https://images.example.invalid';

/** One picture of a token. */
export function iconOf({ slug }: Token, size: 'large' | 'small' | 'thumb'): string {
  return `${host}/coins/${slug}/${size}.png`;
}

/** The same picture in three sizes. */
export function iconsOf(token: Token) {
  return {
    large: iconOf(token, 'large'),
    small: iconOf(token, 'small'),
    thumb: iconOf(token, 'thumb'),
  };
}
