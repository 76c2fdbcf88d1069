import { badUserInput } from '../errors.ts';
import type { Arguments } from '../pricing/field-cost.ts';

export interface PageSize {
  readonly default: number;
  readonly max: number;
}

/** Items of a page of a list. */
export const itemsPerPage: PageSize = { default: 20, max: 100 };

/** The argument `first`, or its default; refused outside of 1 to the most a page may have. */
export function firstOf(args: Arguments, size: PageSize): number {
  const { first } = args;
  if (typeof first !== 'number') return size.default;
  if (first < 1 || first > size.max) {
    throw badUserInput('first', `is out of range: expected 1 to ${size.max}, got ${first}.`);
  }
  return first;
}
