import { BlockList, isIP } from 'node:net';
import { z } from 'zod';
import { list } from '../config-values.ts';
import { Secret } from '../secret.ts';

const expectation =
  'expected tokens of 16 to 512 visible characters, comma-separated when there are more than one';

/** What operators may show, the first for our own commands; several so that one can replace another. */
export const adminTokens = z
  .string()
  .transform((text) => list.parse(text))
  // A list of nothing but commas must not pass for no list at all.
  .refine(
    (tokens) => tokens.length > 0 && tokens.every((token) => /^[!-~]{16,512}$/.test(token)),
    expectation,
  )
  .transform((tokens) => tokens.map((token) => new Secret(token)))
  .optional();

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** What only this machine can reach; of a name nobody knows where it leads. */
function isLoopback(host: string): boolean {
  if (host.toLowerCase() === 'localhost') return true;
  const family = isIP(host);
  return family !== 0 && loopback.check(host, family === 4 ? 'ipv4' : 'ipv6');
}

/** Why operators cannot be answered with these variables. */
export function adminContradictions(
  env: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  if (env['ADMIN_PORT'] === undefined || env['ADMIN_TOKEN'] !== undefined) return [];
  if (isLoopback(env['ADMIN_HOST'] ?? '127.0.0.1')) return [];
  return [
    'ADMIN_TOKEN: is not set and ADMIN_HOST is no loopback address: whoever reaches it would be answered; expected a token, or ADMIN_HOST=127.0.0.1',
  ];
}
