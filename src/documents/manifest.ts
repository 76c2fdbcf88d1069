import { jsonPlaceOf } from '../json-place.ts';
import { sha256Hex } from './hash.ts';

/** A document of a manifest: its text and every id under which a client may name it. */
export type TrustedDocument = {
  readonly ids: readonly string[];
  readonly name?: string;
  readonly body: string;
};

/** Everything that is wrong with the manifests, one sentence each. */
export class ManifestError extends Error {
  override readonly name = 'ManifestError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

type Entry = { readonly id: unknown; readonly body: unknown; readonly name?: unknown };

const APOLLO_FORMAT = 'apollo-persisted-query-manifest';

/**
 * Reads one manifest in any of the four formats that client tools write, told apart by shape:
 * Apollo's list of operations, or a flat `{id: text}` map whose ids are bare hex or `sha256:` hex.
 */
export function parseManifest(text: string, name: string): readonly TrustedDocument[] {
  const problems: string[] = [];
  const documents: TrustedDocument[] = [];
  for (const [place, entry] of entriesOf(readJson(text, name), name)) {
    const document = readEntry(entry);
    if (typeof document === 'string') problems.push(`${name}: ${place}: ${document}`);
    else documents.push(document);
  }
  if (problems.length > 0) throw new ManifestError(problems);
  return documents;
}

/** A manifest as it was found, or what kept it from being read. */
export type FoundManifest =
  { readonly name: string; readonly text: string } | { readonly problem: string };

/** All manifests as one index by id. One id with two bodies is an error wherever the two stand. */
export function indexManifests(
  manifests: readonly FoundManifest[],
): ReadonlyMap<string, TrustedDocument> {
  const index = new Map<string, { readonly document: TrustedDocument; readonly from: string }>();
  const problems: string[] = [];
  for (const found of manifests) {
    if ('problem' in found) {
      problems.push(found.problem);
      continue;
    }
    const { name, text } = found;
    try {
      for (const document of parseManifest(text, name)) {
        for (const id of document.ids) {
          const known = index.get(id);
          if (known === undefined) index.set(id, { document, from: name });
          else if (known.document.body !== document.body)
            problems.push(`${name}: id "${id}" has another body in ${known.from}`);
        }
      }
    } catch (error) {
      if (!(error instanceof ManifestError)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) throw new ManifestError(problems);
  return new Map(Array.from(index, ([id, { document }]) => [id, document]));
}

function readJson(text: string, name: string): Readonly<Record<string, unknown>> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new ManifestError([
      `${name}: expected JSON, got text that is not${jsonPlaceOf(text, error)}`,
    ]);
  }
  if (isRecord(json)) return json;
  throw new ManifestError([
    `${name}: expected an Apollo manifest or a map of id to text, got ${kindOf(json)}`,
  ]);
}

function entriesOf(json: Readonly<Record<string, unknown>>, name: string): [string, Entry][] {
  const { format, version, operations } = json;
  // A flat map has strings only, so an `operations` list or a `version` number tells Apollo's apart.
  const isApollo = 'format' in json || (operations !== undefined && typeof operations !== 'string');
  if (!isApollo) {
    return Object.entries(json).map(([id, body]) => [`id ${JSON.stringify(id)}`, { id, body }]);
  }
  if (format !== APOLLO_FORMAT)
    throw new ManifestError([
      `${name}: expected format "${APOLLO_FORMAT}", got ${JSON.stringify(format) ?? 'none'}`,
    ]);
  if (version !== 1)
    throw new ManifestError([
      `${name}: expected version 1, got ${JSON.stringify(version) ?? 'none'}`,
    ]);
  if (!Array.isArray(operations))
    throw new ManifestError([`${name}: expected a list of operations, got ${kindOf(operations)}`]);
  return operations.map((operation: unknown, at) => [
    `operation ${String(at)}`,
    isRecord(operation)
      ? { id: operation.id, body: operation.body, name: operation.name }
      : { id: undefined, body: undefined },
  ]);
}

function readEntry({ id, body, name }: Entry): TrustedDocument | string {
  if (typeof id !== 'string' || id === '') return `expected an id, got ${kindOf(id)}`;
  if (typeof body !== 'string') return `expected the text of a document, got ${kindOf(body)}`;
  if (body.trim() === '') return 'expected the text of a document, got an empty one';
  const hash = sha256Hex(body);
  const claim = id.startsWith('sha256:') ? id.slice('sha256:'.length) : id;
  const claimsHash = claim !== id || /^[0-9a-f]{64}$/i.test(id);
  // A hash that does not fit is an edited text or a truncated file, never a custom id by chance.
  if (claimsHash && claim !== hash)
    return `the id reads as a SHA-256 but the text hashes to ${hash} (id ${JSON.stringify(id)})`;
  if (!claimsHash && id.includes(':') && !id.startsWith('x-'))
    return `expected the prefix "sha256:" or "x-…:", or no colon, got ${JSON.stringify(id)}`;
  return {
    ids: [...new Set([id, hash, `sha256:${hash}`])],
    ...(typeof name === 'string' ? { name } : {}),
    body,
  };
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const kindOf = (value: unknown): string => {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (value === '') return 'an empty text';
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`;
};
