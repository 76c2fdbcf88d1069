import { parseRedisUrl, RedisUrlError } from '../../redis/url.ts';
import { KeysError } from './record.ts';

export type KeysSettings =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'redis'; readonly url: string };

export interface KeysFlags {
  readonly file?: string | undefined;
  readonly redis?: boolean | undefined;
}

/**
 * Where keys are kept: flags before the environment, and a file before Redis, which a gateway may have
 * for other reasons. Undefined where nothing is said.
 */
export function keysSettings(
  env: Readonly<Record<string, string | undefined>>,
  { file, redis = false }: KeysFlags = {},
): KeysSettings | undefined {
  if (file !== undefined && redis)
    throw new KeysError(['--file and --redis: expected one of them']);
  if (file === '') throw new KeysError(['--file: expected a path, got an empty one']);
  const path = redis ? undefined : (file ?? given(env['KEYS_FILE']));
  if (path !== undefined) return { kind: 'file', path };
  const url = given(env['REDIS_URL']);
  if (url === undefined && redis) {
    throw new KeysError(['--redis: expected REDIS_URL to say where, and it is not set']);
  }
  if (url === undefined) return undefined;
  refuseBadUrl(url);
  return { kind: 'redis', url };
}

function refuseBadUrl(url: string): void {
  try {
    parseRedisUrl(url);
  } catch (error) {
    if (!(error instanceof RedisUrlError)) throw error;
    throw new KeysError([`REDIS_URL: ${error.message}`]);
  }
}

/** The plans that keys are given, where there is such a file. */
export const plansFileOf = (env: Readonly<Record<string, string | undefined>>) =>
  given(env['PLANS_FILE']);

/** Set to nothing means not set: compose files leave such. */
const given = (text: string | undefined) => (text === '' ? undefined : text);
