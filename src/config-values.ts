import { z } from 'zod';
import { parseRedisUrl, RedisUrlError } from './redis/url.ts';
import { Secret } from './secret.ts';

/** How the values of variables are read. */

const integerOf = (min: number, max: number) =>
  z.coerce
    .number(`expected a whole number from ${min} to ${max}`)
    .int(`expected a whole number from ${min} to ${max}`)
    .min(min, `expected at least ${min}`)
    .max(max, `expected at most ${max}`);
export const integer = (fallback: number, min: number, max: number) =>
  integerOf(min, max).default(fallback);
export const integerOrNone = (min: number, max: number) => integerOf(min, max).optional();

const urlOf = (protocols: readonly string[]) =>
  z
    .string()
    .refine(
      (text) => URL.canParse(text) && protocols.includes(new URL(text).protocol),
      `expected a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
    );

/** A URL that may be told. */
export const url = (protocols: readonly string[]) =>
  urlOf(protocols).refine((text) => {
    if (!URL.canParse(text)) return true;
    const { username, password, search } = new URL(text);
    return `${username}${password}${search}` === '';
  }, 'expected no user, no password and no query in it');

const asSecret = (text: string) => new Secret(text);

export const redisUrl = z
  .string()
  .superRefine((text, context) => {
    try {
      parseRedisUrl(text);
    } catch (error) {
      if (!(error instanceof RedisUrlError)) throw error;
      context.addIssue({ code: 'custom', message: error.message });
    }
  })
  .transform(asSecret);

export const secret = (expected: string) => z.string().trim().min(1, expected).transform(asSecret);

export const list = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  );

export const choice = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, `expected one of ${values.join(', ')}`);
