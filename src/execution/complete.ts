import {
  getNullableType,
  GraphQLError,
  type GraphQLOutputType,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
} from 'graphql';
import { createAbstract } from './abstract.ts';
import { createPlace } from './field-plan.ts';
import { createLeaf } from './leaf.ts';
import { createObject, type ObjectOptions } from './object.ts';
import { ResponsePath } from './path.ts';
import { type Complete, Pending, type Written } from './pending.ts';
import type { Run } from './run.ts';
import { isAbsent, isThenable } from './thenable.ts';
import { AwaitedValue, Join } from './waiting.ts';

/** Completes values of a type, whether or not it is wrapped as non-null: its position judges null. */
export function createComplete(type: GraphQLOutputType, options: ObjectOptions): Complete {
  const nullable = isNonNullType(type) ? type.ofType : type;
  if (isListType(nullable)) return createList(nullable.ofType, options);
  if (isLeafType(nullable)) {
    const write = createLeaf(nullable);
    return (_run, value) => write(value);
  }
  return isAbstractType(nullable)
    ? createAbstract(nullable, options)
    : createObject(nullable, options);
}

const closeList = (text: string) => `${text}]`;

function createList(itemType: GraphQLOutputType, options: ObjectOptions): Complete {
  const { plan } = options;
  const place = createPlace(plan, itemType);
  const isLeaf = isLeafType(getNullableType(itemType));
  const completeAny = createComplete(itemType, options);
  // What JSON omits from an object is null in a list.
  const complete: Complete = isLeaf
    ? (run, value, path) => {
        const text = completeAny(run, value, path);
        return text === '' ? 'null' : text;
      }
    : completeAny;

  const writeItem = (run: Run, item: unknown, list: ResponsePath, index: number): Written => {
    // Scalars have nothing below them, so their path waits for an error.
    let path = isLeaf ? undefined : new ResponsePath(list, index, undefined);
    try {
      if (isThenable(item)) {
        path ??= new ResponsePath(list, index, undefined);
        return new AwaitedValue(run, item, complete, path).at(place, path);
      }
      const text = complete(run, item, path ?? list);
      if (text === null) {
        return (
          place.nullText ?? place.absent(run, path ?? new ResponsePath(list, index, undefined))
        );
      }
      return text instanceof Pending && path !== undefined ? text.at(place, path) : text;
    } catch (error) {
      return place.failed(run, error, path ?? new ResponsePath(list, index, undefined));
    }
  };

  return (run, value, path) => {
    if (isAbsent(value)) return null;
    if (!isIterable(value)) {
      throw new GraphQLError(
        `Expected Iterable, but did not find one for field "${plan.parentType.name}.${plan.definition.name}".`,
      );
    }
    let text = '';
    let index = 0;
    let join: Join | undefined;
    try {
      for (const item of value) {
        const member = writeItem(run, item, path, index);
        const key = index === 0 ? '[' : ',';
        if (typeof member === 'string') text += key + member;
        else {
          join ??= new Join(run, closeList);
          join.add(text, key, member);
          text = '';
        }
        index += 1;
      }
    } catch (error) {
      join?.abandon();
      disown(value);
      throw error;
    }
    if (join !== undefined) return join.end(text);
    return index === 0 ? '[]' : closeList(text);
  };
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    Symbol.iterator in value &&
    typeof value[Symbol.iterator] === 'function'
  );
}

/** Promises of a list that failed before it came to them may reject, too, and nobody would listen. */
function disown(value: unknown): void {
  // Whatever else can be iterated may be so only once.
  if (Array.isArray(value) || value instanceof Set) value.forEach(disown);
  else if (isThenable(value)) value.then(disown, () => {});
}
