import { type KeyRecord, stateOf, type StoredKeys } from './record.ts';

/** Keys in the order in which they were made, without their hashes. */
export function listingOf(keys: StoredKeys, nowMs: number) {
  return [...keys.values()]
    .sort((a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt))
    .map(({ hash: _, ...record }) => ({ ...record, state: stateOf(record, nowMs) }));
}

export function tableOf(listing: ReturnType<typeof listingOf>): string {
  if (listing.length === 0) return 'There are no keys yet.\n';
  const head = ['prefix', 'name', 'plan', 'state', 'created', 'expires', 'revoked', 'replaced by'];
  const rows = listing.map((record) => [
    record.prefix,
    record.name,
    record.plan,
    record.state,
    ...timesOf(record),
    record.replacedBy ?? '-',
  ]);
  const widths = head.map((cell, at) =>
    Math.max(cell.length, ...rows.map((row) => row[at]?.length ?? 0)),
  );
  return [head, ...rows]
    .map((row) => row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  '))
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

const timesOf = ({ createdAt, expiresAt, revokedAt }: KeyRecord) =>
  [createdAt, expiresAt, revokedAt].map((time) => time?.replace(/\.\d+Z$/, 'Z') ?? '-');
