export interface RedisAddress {
  readonly host: string;
  readonly port: number;
}

/** Undefined where there is none. */
interface Credentials {
  readonly username: string | undefined;
  readonly password: string | undefined;
}

interface Servers extends Credentials {
  readonly isEncrypted: boolean;
  readonly addresses: readonly RedisAddress[];
}

export interface RedisSentinels extends Servers {
  readonly kind: 'sentinel';
  readonly master: string;
  readonly database: number;
  /** The Sentinels' own; those before the hosts are the master's. */
  readonly sentinel: Credentials;
}

export interface RedisCluster extends Servers {
  readonly kind: 'cluster';
}

/** What a URL of Redis names. */
export type RedisTarget =
  { readonly kind: 'single'; readonly url: string } | RedisSentinels | RedisCluster;

/** What is wrong with a URL of Redis; repeats nothing of it, for any part may be a password. */
export class RedisUrlError extends Error {}

const urlParts =
  /^(?<scheme>rediss?)(?:\+(?<kind>sentinel|cluster))?:\/\/(?:(?<user>[^/?#]*)@)?(?<hosts>[^/?#@]*)(?<path>\/[^?#]*)?(?:\?(?<query>[^#]*))?$/;

/**
 * `redis://`, `redis+sentinel://` and `redis+cluster://`, with `rediss` for TLS. The latter two name
 * several hosts, which is why `URL` cannot read them.
 */
export function parseRedisUrl(url: string): RedisTarget {
  const { scheme, kind, user, hosts = '', path = '', query = '' } = partsOf(url);
  if (kind === undefined && hosts.includes(',')) {
    throw new RedisUrlError(
      'expected one host: several are for redis+sentinel:// or redis+cluster://',
    );
  }
  if (scheme === undefined || (kind === undefined && !URL.canParse(url))) {
    throw new RedisUrlError(
      'expected a URL that starts with redis://, redis+sentinel:// or redis+cluster:// (rediss for TLS)',
    );
  }
  if (kind === undefined) {
    databaseOf(path.slice(1));
    return { kind: 'single', url };
  }
  const servers = { isEncrypted: scheme === 'rediss', ...credentialsOf(user) };
  if (kind === 'cluster') {
    refuseExtras(path, query);
    return { kind, ...servers, addresses: addressesOf(hosts, 6379) };
  }
  const named = { ...masterOf(path), sentinel: sentinelOptions(query) };
  return { kind: 'sentinel', ...servers, ...named, addresses: addressesOf(hosts, 26_379) };
}

const partsOf = (url: string): Readonly<Record<string, string | undefined>> =>
  urlParts.exec(url)?.groups ?? {};

function refuseExtras(path: string, query: string): void {
  if (!/^\/?0?$/.test(path)) throw new RedisUrlError('expected no database: a Cluster has but 0');
  if (query !== '') throw new RedisUrlError('expected no options: a Cluster has none');
}

function masterOf(path: string): Pick<RedisSentinels, 'master' | 'database'> {
  const [, master = '', database = '', ...more] = path.split('/').map(decoded);
  if (master !== '' && more.length === 0) return { master, database: databaseOf(database) };
  throw new RedisUrlError(
    'expected the name of the master behind the Sentinels, as in redis+sentinel://a:26379,b:26379/mymaster',
  );
}

function credentialsOf(user: string | undefined): Credentials {
  if (user === undefined) return { username: undefined, password: undefined };
  const colon = user.indexOf(':');
  if (colon === -1) throw new RedisUrlError('expected user:password or :password before the @');
  return {
    username: decoded(user.slice(0, colon)) || undefined,
    password: decoded(user.slice(colon + 1)),
  };
}

function addressesOf(hosts: string, defaultPort: number): readonly RedisAddress[] {
  return hosts.split(',').map((place) => {
    const url = URL.canParse(`redis://${place}`) ? new URL(`redis://${place}`) : undefined;
    if (url === undefined || url.hostname === '') {
      throw new RedisUrlError(
        'expected hosts as in a:6379,b:6379 (and %40 for an @ in a password)',
      );
    }
    // An IPv6 address is in brackets in a URL, and only there.
    const host = url.hostname.replace(/^\[|\]$/g, '');
    return { host, port: url.port === '' ? defaultPort : Number(url.port) };
  });
}

function sentinelOptions(query: string): Credentials {
  const options = new Map(new URLSearchParams(query));
  const username = options.get('sentinel_username');
  const password = options.get('sentinel_password');
  const known = [username, password].filter((value) => value !== undefined).length;
  if (options.size > known) {
    throw new RedisUrlError('expected no options but sentinel_username and sentinel_password');
  }
  return { username, password };
}

function databaseOf(text: string): number {
  if (/^\d{0,5}$/.test(text)) return Number(text);
  throw new RedisUrlError('expected the number of a database after the last /');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new RedisUrlError('expected %25 for a %');
  }
}
