import { hash, randomBytes, randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** `assay_<prefix>_<secret><checksum>`: the prefix may be told and logged, the rest is the secret. */

const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789';
const prefixLength = 8;
const prefixEnd = 'assay_'.length + prefixLength;
const secretBytes = 32;
/** base64url of 32 bytes of secret and of 4 bytes of checksum. */
const shape = /^assay_[a-z0-9]{8}_[\w-]{43}[\w-]{6}$/;
const checksumLength = 6;

export interface NewKey {
  readonly key: string;
  readonly prefix: string;
  readonly hash: string;
}

export function createKey(): NewKey {
  const letters = Array.from({ length: prefixLength }, () => alphabet[randomInt(alphabet.length)]);
  const prefix = letters.join('');
  const body = `assay_${prefix}_${randomBytes(secretBytes).toString('base64url')}`;
  const key = body + checksumOf(body);
  return { key, prefix, hash: hashOf(key) };
}

/** Keys have one length, so that what is long is refused at once, and never hashed. */
export const keyLength = 64;

/** What stands where a key has its prefix. */
export const claimedPrefixOf = (key: string): string => key.slice('assay_'.length, prefixEnd);

/** The prefix of a whole key, or undefined for what was never a key: a typo, a cut, or garbage. */
export function prefixOf(key: string): string | undefined {
  if (!shape.test(key)) return undefined;
  const body = key.slice(0, -checksumLength);
  return key.slice(-checksumLength) === checksumOf(body) ? claimedPrefixOf(key) : undefined;
}

/**
 * What is stored of a key. Plain SHA-256: scrypt slows down who guesses passwords, and nobody guesses 256
 * random bits. It would cost tens of milliseconds a request, and be a way to keep the gateway busy.
 */
export const hashOf = (key: string): string => hash('sha256', key, 'hex');

/** The 32 bytes of a hash, a character for each: to make a buffer takes as long as to hash. */
export type Digest = string;

export const digestOf = (key: string): Digest => hash('sha256', key, 'binary');

/** In constant time: all of both is looked at, wherever they differ. */
export function isSameDigest(one: Digest, other: Digest): boolean {
  let difference = one.length ^ other.length;
  for (let at = 0; at < one.length; at += 1) {
    difference |= one.charCodeAt(at) ^ other.charCodeAt(at);
  }
  return difference === 0;
}

export function isPrefix(text: string): boolean {
  return /^[a-z0-9]{8}$/.test(text);
}

/** Whether a text holds what may be a key, whole or in part. */
export function holdsKey(text: string): boolean {
  return /assay_[a-z0-9]{8}_/i.test(text);
}

/** It tells typos from unknown keys, and keeps nothing safe. */
function checksumOf(body: string): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(body));
  return bytes.toString('base64url');
}
