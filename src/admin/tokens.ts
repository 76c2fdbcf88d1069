import { hash, timingSafeEqual } from 'node:crypto';
import type { Secret } from '../secret.ts';

/** Whether a header `Authorization` shows one of the tokens; anything does where there are none. */
export type Admits = (authorization: string | undefined) => boolean;

export function createAdmission(tokens: readonly Secret[]): Admits {
  if (tokens.length === 0) return () => true;
  const known = tokens.map((each) => digestOf(each.reveal()));
  return (authorization = '') => {
    const token = /^bearer +(\S+)$/i.exec(authorization)?.[1];
    if (token === undefined) return false;
    const shown = digestOf(token);
    // All are compared: how long it takes tells neither how much of a token fits, nor of which.
    return known.filter((each) => timingSafeEqual(each, shown)).length > 0;
  };
}

/** Of one length whatever the token's is, as the comparison needs. */
const digestOf = (token: string): Buffer => hash('sha256', token, 'buffer');
