import type { Field, WriteObject } from './object.ts';

/** Fewer fields are read as fast as they are looked up. */
const fieldsMin = 2;

/**
 * Joins neighbouring fields that are functions of their source into one, whose text is kept for as long
 * as the source is. What failed, was awaited or called a method is not kept.
 */
export function memoised(
  fields: readonly Field[],
  writeAll: (fields: readonly Field[]) => WriteObject,
): readonly Field[] {
  const joined: Field[] = [];
  let pure: Field[] = [];
  const flush = () => {
    const [first] = pure;
    if (first === undefined || pure.length < fieldsMin) joined.push(...pure);
    else joined.push({ ...first, key: '', isPart: true, write: keep(writeAll(pure)) });
    pure = [];
  };
  for (const field of fields) {
    if (field.isPure) pure.push(field);
    else {
      flush();
      joined.push(field);
    }
  }
  flush();
  return joined;
}

function keep(write: WriteObject): WriteObject {
  const texts = new WeakMap<object, string>();
  return (run, source, path) => {
    if (typeof source !== 'object' || source === null) return write(run, source, path);
    const kept = texts.get(source);
    if (kept !== undefined) return kept;
    const { unrepeatable } = run;
    const text = write(run, source, path);
    if (typeof text === 'string' && unrepeatable === run.unrepeatable) {
      // Reading a character makes one string of what was put together, once for all who get it.
      text.charCodeAt(0);
      texts.set(source, text);
    }
    return text;
  };
}
