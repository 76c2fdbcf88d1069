import { z } from 'zod';
import { planNamePattern, planNameTold } from '../plan.ts';
import { holdsKey, isPrefix } from './key.ts';

/** Every mistake in what is kept of keys, or why it cannot be read; never a key or a hash. */
export class KeysError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'KeysError';
    this.problems = problems;
  }
}

const instant = z.iso.datetime('expected a time in UTC as 2027-01-01T00:00:00Z');
const prefix = z
  .string('expected 8 characters of a-z and 0-9')
  .refine(isPrefix, 'expected 8 characters of a-z and 0-9');

/** Who a key is for. */
export const keyName = z
  .string('expected a name')
  .trim()
  .min(1, 'expected a name, got an empty one')
  .max(100, 'expected at most 100 characters')
  // Names are printed in terminals, which they must not steer.
  .regex(/^\P{C}*$/u, 'expected no control or invisible characters')
  .refine((text) => !holdsKey(text), 'expected a name, got what looks like a key');

const planName = (pattern: RegExp) =>
  z
    .string('expected the name of a plan')
    .regex(pattern, `expected the name of a plan: ${planNameTold}`)
    .refine((text) => !holdsKey(text), 'expected the name of a plan, got what looks like a key');

/** The plan a new key may be given. */
export const newPlanName = planName(planNamePattern);

// Strict: a misspelt `expiresAt` would be a key that never expires.
const stored = z.strictObject({
  prefix,
  /** SHA-256 of the whole key, in hex. */
  hash: z
    .string('expected 64 characters of hex')
    .regex(/^[0-9a-f]{64}$/, 'expected 64 characters of hex'),
  name: keyName,
  // Keys of other names were made once: they are refused for their plan, and the others stay known.
  plan: planName(/^[a-z0-9][\w-]{0,63}$/i),
  createdAt: instant,
  expiresAt: instant.optional(),
  revokedAt: instant.optional(),
  replacedBy: prefix.optional(),
});

/** What is kept of a key. */
export type StoredKey = Readonly<z.output<typeof stored>>;
export type StoredKeys = ReadonlyMap<string, StoredKey>;
/** What is told of a key: all but its hash. */
export type KeyRecord = Omit<StoredKey, 'hash'>;

/** One record, or what is wrong with it: `.field: expected …`. */
export function parseRecord(value: unknown): StoredKey | readonly string[] {
  const parsed = stored.safeParse(value);
  if (parsed.success) return parsed.data;
  return parsed.error.issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => `: unknown field ${fieldName(key)}`);
    }
    const path = issue.path.map((step) => `.${String(step)}`).join('');
    return [
      `${path}: ${issue.code === 'invalid_type' && path === '' ? 'expected an object' : issue.message}`,
    ];
  });
}

/** A typo helps; a key that was pasted in the wrong place must not be repeated. */
const fieldName = (text: string) => (/^\w{1,32}$/.test(text) ? `"${text}"` : 'with an odd name');

export type KeyState = 'ok' | 'revoked' | 'expired' | 'not-yet';

/** Machines that create keys and machines that find them do not agree to the second. */
const clockToleranceMs = 60_000;

/** When a key is good: the times of its record as numbers, which are read more often than written. */
export interface Validity {
  readonly isRevoked: boolean;
  readonly fromMs: number;
  readonly untilMs: number;
}

export function validityOf({ revokedAt, createdAt, expiresAt }: KeyRecord): Validity {
  return {
    isRevoked: revokedAt !== undefined,
    fromMs: Date.parse(createdAt) - clockToleranceMs,
    untilMs: expiresAt === undefined ? Infinity : Date.parse(expiresAt),
  };
}

export function stateAt({ isRevoked, fromMs, untilMs }: Validity, nowMs: number): KeyState {
  // At whatever time: a clock that is ahead must not put off a revocation.
  if (isRevoked) return 'revoked';
  if (untilMs <= nowMs) return 'expired';
  return fromMs > nowMs ? 'not-yet' : 'ok';
}

export const stateOf = (record: KeyRecord, nowMs: number): KeyState =>
  stateAt(validityOf(record), nowMs);
