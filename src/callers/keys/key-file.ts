import { KeysError, parseRecord, type StoredKey, type StoredKeys } from './record.ts';

const version = 1;

/** All keys of a file, or a `KeysError` with everything that is wrong with it. */
export function parseKeyFile(text: string, place: string): StoredKeys {
  const json = parseJson(text, place);
  const keys = new Map<string, StoredKey>();
  const problems: string[] = [];
  if (!isFile(json)) {
    throw new KeysError([`${place}: expected { "version": ${version}, "keys": [ … ] }`]);
  }
  json.keys.forEach((value: unknown, index) => {
    const record = parseRecord(value);
    const at = `${place}: keys[${index}]`;
    if (!('prefix' in record)) problems.push(...record.map((problem) => `${at}${problem}`));
    else if (keys.has(record.prefix)) {
      problems.push(`${at}.prefix: ${record.prefix} is there twice: expected each prefix once`);
    } else keys.set(record.prefix, record);
  });
  if (problems.length > 0) throw new KeysError(problems);
  return keys;
}

export function printKeyFile(keys: StoredKeys): string {
  return `${JSON.stringify({ version, keys: [...keys.values()] }, null, 2)}\n`;
}

/** The reason of the parser is left out: it repeats what it stumbled on, which may be a hash. */
export function parseJson(text: string, place: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const message = error instanceof Error ? error.message : '';
    const position = /at position (\d+)/.exec(message)?.[1];
    if (text.trim() === '') throw new KeysError([`${place}: is empty: expected JSON`]);
    if (position === undefined || Number(position) >= text.length) {
      throw new KeysError([
        `${place}: is no JSON${/end of/.test(message) ? ', it ends too early' : ''}`,
      ]);
    }
    const lines = text.slice(0, Number(position)).split('\n');
    throw new KeysError([
      `${place}:${lines.length}:${(lines.at(-1)?.length ?? 0) + 1}: is no JSON from here on`,
    ]);
  }
}

function isFile(json: unknown): json is { readonly keys: readonly unknown[] } {
  return (
    typeof json === 'object' &&
    json !== null &&
    'version' in json &&
    json.version === version &&
    'keys' in json &&
    Array.isArray(json.keys)
  );
}
