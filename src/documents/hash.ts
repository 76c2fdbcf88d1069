import { createHash } from 'node:crypto';

const SHA256_HEX = /^[0-9a-f]{64}$/;

/** The lower-case hex SHA-256 of a document's exact text, as every Apollo client computes it. */
export const sha256Hex = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Whether an id is written the way a SHA-256 is written on the wire: 64 lower-case hex digits. */
export const isSha256Hex = (id: string): boolean => SHA256_HEX.test(id);

/** The hash inside `<hex>` or `sha256:<hex>`, or nothing when the id claims no SHA-256. */
export const hashInId = (id: string): string | undefined => {
  const hash = id.startsWith('sha256:') ? id.slice('sha256:'.length) : id;
  return isSha256Hex(hash) ? hash : undefined;
};
