import { createRedis } from '../../redis.ts';
import { kindOf } from '../../told-error.ts';
import { suggestion } from '../plans/nearest.ts';
import { planNamesOf, PlansError, readText } from '../plans/read-plans.ts';
import { type Command, parseCommand, usage, UsageError } from './command.ts';
import { creation, revocation, rotation } from './edits.ts';
import { listingOf, tableOf } from './listing.ts';
import { KeysError } from './record.ts';
import { createFileStore } from './file-store.ts';
import { createRedisStore } from './redis-store.ts';
import { keysSettings, plansFileOf } from './settings.ts';
import type { KeyStore } from './store.ts';

/** `npm run keys`: who has a key. Keys go to stdout and words about them to stderr. */

const redisTimeoutMs = 5_000;

try {
  await run(process.argv.slice(2));
} catch (error) {
  const isUsage = error instanceof UsageError;
  // Nothing else is expected; its message could hold anything, its kind cannot.
  const isTold = isUsage || error instanceof KeysError || error instanceof PlansError;
  const message = isTold ? error.message : `This did not work: ${kindOf(error)}`;
  process.stderr.write(`${message}\n`);
  process.exitCode = isUsage ? 2 : 1;
}

async function run(args: readonly string[]): Promise<void> {
  const command = parseCommand(args, Date.now());
  if (command.kind === 'help') {
    process.stdout.write(usage);
    return;
  }
  if (command.kind === 'create') await refuseStrangePlan(command.plan);
  const { store, close } = await openStore(command);
  try {
    await obey(command, store);
  } finally {
    await close();
  }
}

async function obey(
  command: Exclude<Command, { readonly kind: 'help' }>,
  store: KeyStore,
): Promise<void> {
  const nowMs = Date.now();
  switch (command.kind) {
    case 'create': {
      const { key, record } = await store.change(creation(command, nowMs));
      process.stdout.write(`${key}\n`);
      if (command.isQuiet) return;
      const until = record.expiresAt === undefined ? '' : ` until ${record.expiresAt}`;
      say(`A key for ${record.name} with plan ${record.plan}${until}, prefix ${record.prefix}.`);
      say('It is not shown again: only its hash is kept.');
      return;
    }
    case 'list': {
      const found = await store.look();
      const listing = listingOf(found?.keys ?? new Map(), nowMs);
      process.stdout.write(
        command.isJson ? `${JSON.stringify(listing, null, 2)}\n` : tableOf(listing),
      );
      return;
    }
    case 'revoke': {
      const { prefix, name, revokedAt } = await store.change(revocation(command.prefix, nowMs));
      say(`${prefix} (${name}) is revoked since ${revokedAt ?? ''}.`);
      return;
    }
    case 'rotate': {
      const { prefix, graceMs, isQuiet } = command;
      const { key, record, old } = await store.change(rotation(prefix, { graceMs, nowMs }));
      process.stdout.write(`${key}\n`);
      if (isQuiet) return;
      say(`A new key for ${record.name} with plan ${record.plan}, prefix ${record.prefix}.`);
      say(`${old.prefix} works until ${old.expiresAt ?? ''}. The new key is not shown again.`);
    }
  }
}

/** A key of a plan that is not there would be refused at every request. */
async function refuseStrangePlan(plan: string): Promise<void> {
  // eslint-disable-next-line no-restricted-properties
  const file = plansFileOf(process.env);
  if (file === undefined) return;
  const names = planNamesOf(await readText(file));
  if (names.includes(plan)) return;
  const known = suggestion(plan, names) || ` (it has ${names.slice(0, 10).join(', ')})`;
  throw new UsageError(`--plan: expected a plan of ${file}, got "${plan}"${known}`);
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function openStore({ flags }: Command) {
  const settings = settingsOf(flags);
  if (settings.kind === 'file') {
    return { store: createFileStore(settings.path), close: () => Promise.resolve() };
  }
  let reason = 'no answer in time';
  const { client, place, ready, close } = createRedis(settings.url, {
    commandTimeoutMs: redisTimeoutMs,
    log: {
      info: () => {},
      error: (told) => (reason = 'reason' in told ? String(told.reason) : reason),
    },
  });
  await ready;
  // A server that refuses the password is connected to, for a moment.
  const isUp = await client.ping().then(
    () => true,
    () => false,
  );
  if (isUp) return { store: createRedisStore(client), close };
  await close();
  throw new KeysError([`Redis at ${place} cannot be reached (${reason}): see REDIS_URL`]);
}

function settingsOf(flags: Command['flags']) {
  try {
    // Not the gateway's configuration: keys are made before it is complete, and where it does not run.
    // eslint-disable-next-line no-restricted-properties
    const settings = keysSettings(process.env, flags);
    if (settings !== undefined) return settings;
  } catch (error) {
    throw error instanceof KeysError ? new UsageError(error.message) : error;
  }
  throw new UsageError('expected where keys are: KEYS_FILE or REDIS_URL, or --file <path>');
}
