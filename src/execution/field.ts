import {
  getNullableType,
  type GraphQLLeafType,
  isEnumType,
  isLeafType,
  isSpecifiedScalarType,
  TypeNameMetaFieldDef,
} from 'graphql';
import { createArgumentsOf } from './arguments.ts';
import { createComplete } from './complete.ts';
import { createPlace } from './field-plan.ts';
import { createLeaf } from './leaf.ts';
import type { Field, ObjectOptions, WriteObject } from './object.ts';
import { ResponsePath } from './path.ts';
import { type Complete, Pending } from './pending.ts';
import { createRead, type Read } from './read.ts';
import { isThenable } from './thenable.ts';
import { AwaitedValue } from './waiting.ts';

export interface FieldOptions extends ObjectOptions {
  readonly isFirst: boolean;
  readonly nextSlot: () => number;
}

/** How a selected field is read and written. */
export function createField({ isFirst, nextSlot, ...options }: FieldOptions): Field {
  const { definition, nodes, parentType, responseKey } = options.plan;
  const key = `${isFirst ? '{' : ','}${JSON.stringify(responseKey)}:`;
  if (definition === TypeNameMetaFieldDef) {
    const text = JSON.stringify(parentType.name);
    return { key, mayBeOmitted: false, write: () => text };
  }
  const argumentsOf = createArgumentsOf(definition, nodes[0], nextSlot);
  const read = createRead({ ...options, argumentsOf });
  const type = getNullableType(definition.type);
  return isLeafType(type)
    ? {
        key,
        mayBeOmitted: !isEnumType(type) && !isSpecifiedScalarType(type),
        write: createLeafWrite(type, read, options),
      }
    : {
        key,
        mayBeOmitted: false,
        write: createCompositeWrite(read, options),
      };
}

/** Nothing stands below a scalar or enum, so its path is made only when somebody asks for it. */
function createLeafWrite(type: GraphQLLeafType, read: Read, { plan }: ObjectOptions): WriteObject {
  const { responseKey, parentType, definition } = plan;
  const typename = parentType.name;
  const writeValue = createLeaf(type);
  const complete: Complete = (_run, value) => writeValue(value);
  const place = createPlace(plan, definition.type);
  const { nullText } = place;
  return (run, source, prev) => {
    try {
      const value = read(source, run, prev, undefined);
      if (isThenable(value)) {
        const path = new ResponsePath(prev, responseKey, typename);
        return new AwaitedValue(run, value, complete, path).at(place, path);
      }
      const text = writeValue(value) ?? nullText;
      return text ?? place.absent(run, new ResponsePath(prev, responseKey, typename));
    } catch (error) {
      return place.failed(run, error, new ResponsePath(prev, responseKey, typename));
    }
  };
}

function createCompositeWrite(read: Read, options: ObjectOptions): WriteObject {
  const { responseKey, parentType, definition } = options.plan;
  const typename = parentType.name;
  const complete = createComplete(definition.type, options);
  const place = createPlace(options.plan, definition.type);
  return (run, source, prev) => {
    const path = new ResponsePath(prev, responseKey, typename);
    try {
      const value = read(source, run, prev, path);
      if (isThenable(value)) return new AwaitedValue(run, value, complete, path).at(place, path);
      const text = complete(run, value, path);
      if (text === null) return place.nullText ?? place.absent(run, path);
      return text instanceof Pending ? text.at(place, path) : text;
    } catch (error) {
      return place.failed(run, error, path);
    }
  };
}
