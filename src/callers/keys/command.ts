import { parseArgs } from 'node:util';
import type { z } from 'zod';
import { holdsKey, isPrefix } from './key.ts';
import { keyName, newPlanName } from './record.ts';
import type { KeysFlags } from './settings.ts';

export const usage = `Usage: npm run keys -- <command> [--file <path> | --redis]
  create --name <who it is for> --plan <plan> [--expires <2027-01-01>] [--quiet]
  list [--json]
  revoke <prefix>
  rotate <prefix> [--grace <24h>] [--quiet]
Keys are in KEYS_FILE, or else in the Redis of REDIS_URL; their plans in PLANS_FILE, where it is set.
`;

/** A mistake of who typed the command. */
export class UsageError extends Error {}

export type Command = { readonly flags: KeysFlags } & (
  | { readonly kind: 'help' }
  | {
      readonly kind: 'create';
      readonly name: string;
      readonly plan: string;
      readonly expiresAtMs: number | undefined;
      readonly isQuiet: boolean;
    }
  | { readonly kind: 'list'; readonly isJson: boolean }
  | { readonly kind: 'revoke'; readonly prefix: string }
  | {
      readonly kind: 'rotate';
      readonly prefix: string;
      readonly graceMs: number;
      readonly isQuiet: boolean;
    }
);

const options = {
  file: { type: 'string' },
  redis: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  name: { type: 'string' },
  plan: { type: 'string' },
  expires: { type: 'string' },
  quiet: { type: 'boolean' },
  json: { type: 'boolean' },
  grace: { type: 'string' },
} as const;

/** A map: an object has a `constructor` as well. */
const takes: ReadonlyMap<string, readonly string[]> = new Map([
  ['create', ['name', 'plan', 'expires', 'quiet']],
  ['list', ['json']],
  ['revoke', []],
  ['rotate', ['grace', 'quiet']],
]);

export function parseCommand(args: readonly string[], nowMs: number): Command {
  const { values, positionals } = parsed(args);
  const flags = { file: values.file, redis: values.redis };
  const [kind, ...rest] = positionals;
  if (values.help === true) return { kind: 'help', flags };
  const known = kind === undefined ? undefined : takes.get(kind);
  if (kind === undefined || known === undefined) {
    const got = kind === undefined ? 'none' : shown(kind);
    throw new UsageError(`expected a command: create, list, revoke or rotate, got ${got}`);
  }
  for (const option of Object.keys(values)) {
    if (['file', 'redis', ...known].includes(option)) continue;
    throw new UsageError(`${kind} takes no --${option}`);
  }
  const isQuiet = values.quiet ?? false;
  switch (kind) {
    case 'create': {
      refuseMore(kind, rest);
      return {
        kind,
        name: checked('--name', keyName, values.name),
        plan: checked('--plan', newPlanName, values.plan),
        expiresAtMs: values.expires === undefined ? undefined : futureOf(values.expires, nowMs),
        isQuiet,
        flags,
      };
    }
    case 'list':
      refuseMore(kind, rest);
      return { kind, isJson: values.json ?? false, flags };
    case 'revoke':
      return { kind, prefix: onePrefix(kind, rest), flags };
    default: {
      const graceMs = durationMsOf(values.grace ?? '24h');
      return { kind: 'rotate', prefix: onePrefix(kind, rest), graceMs, isQuiet, flags };
    }
  }
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    const message = error instanceof Error ? error.message : '';
    // It repeats an option that it does not know, which may be anything.
    const isSafe = message.length < 200 && !holdsKey(message) && !message.includes('://');
    throw new UsageError(isSafe ? message : 'there is an option that is not known');
  }
}

function checked(flag: string, schema: z.ZodType<string>, text: string | undefined): string {
  const result = schema.safeParse(text);
  if (result.success) return result.data;
  const got = text === undefined ? ', and it is missing' : `, got ${shown(text)}`;
  throw new UsageError(`${flag}: ${result.error.issues[0]?.message ?? 'expected a text'}${got}`);
}

function onePrefix(kind: string, [prefix, ...more]: readonly string[]): string {
  if (prefix === undefined) {
    throw new UsageError(`${kind}: expected the prefix of a key, got none; list shows them`);
  }
  refuseMore(kind, more);
  if (isPrefix(prefix)) return prefix;
  if (holdsKey(prefix)) {
    // Whoever typed it left it in the history of a shell and the list of processes.
    throw new UsageError(
      `${kind}: got a whole key; expected its prefix only, the 8 characters after "assay_". ` +
        'A key that was typed may have been read by others: revoke it',
    );
  }
  throw new UsageError(
    `${kind}: expected the prefix of a key, 8 characters of a-z and 0-9, got ${shown(prefix)}`,
  );
}

function refuseMore(kind: string, [more]: readonly string[]): void {
  if (more === undefined) return;
  throw new UsageError(`${kind}: expected nothing more, got ${shown(more)}; names need quotes`);
}

/** A day begins at midnight UTC. */
function futureOf(text: string, nowMs: number): number {
  const day = /^\d{4}-\d\d-\d\d$/.test(text);
  const iso = day ? `${text}T00:00:00Z` : text;
  const ms = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z$/.test(iso) ? Date.parse(iso) : NaN;
  // The 30th of February would be taken for the 1st or 2nd of March.
  if (Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== iso.slice(0, 10)) {
    throw new UsageError(
      `--expires: expected a day as 2027-01-01 or a time in UTC as 2027-01-01T12:00:00Z, got ${shown(text)}`,
    );
  }
  if (ms > nowMs) return ms;
  throw new UsageError(`--expires: expected a time to come, got ${shown(text)}`);
}

const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
const graceDaysMax = 90;

function durationMsOf(text: string): number {
  const [, count, unit = ''] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  const ms = Number(count) * (units[unit] ?? NaN) * 1000;
  if (ms <= graceDaysMax * 86_400_000) return ms;
  throw new UsageError(
    `--grace: expected a duration as 90m, 24h or 7d, at most ${graceDaysMax}d, got ${shown(text)}`,
  );
}

/** What was typed, unless it may be a secret in the wrong place. */
function shown(text: string): string {
  const isSafe = text.length <= 40 && !holdsKey(text) && !text.includes('://');
  return isSafe ? JSON.stringify(text) : `${text.length} characters that are not repeated here`;
}
