import { z } from 'zod';

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

export const url = (protocols: readonly string[]) =>
  z
    .string()
    .refine(
      (text) => URL.canParse(text) && protocols.includes(new URL(text).protocol),
      `expected a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
    );

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
