import {
  GraphQLBoolean,
  GraphQLEnumType,
  type GraphQLFieldConfig,
  GraphQLFloat,
  GraphQLID,
  GraphQLInt,
  GraphQLInterfaceType,
  type GraphQLLeafType,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  type GraphQLOutputType,
  GraphQLScalarType,
  GraphQLSchema,
  GraphQLString,
  GraphQLUnionType,
  isLeafType,
  isListType,
  isNonNullType,
} from 'graphql';
import { createRandom, type Random } from '../support/random.ts';
import { createSchedule, type Schedule } from './execution-schedule.ts';

/** A value whose fields are decided by chance, and the same ones whenever it is asked. */
interface Seeded {
  readonly seed: number;
}

const Any = new GraphQLScalarType({
  name: 'Any',
  serialize: (value) => (value === 'bad' ? fail() : value),
});
const Mood = new GraphQLEnumType({
  name: 'Mood',
  values: { GOOD: { value: 1 }, BAD: { value: 'b' }, ODD: {} },
});
const leaves = [
  GraphQLString,
  GraphQLInt,
  GraphQLFloat,
  GraphQLBoolean,
  GraphQLID,
  Mood,
  Any,
] as const;
const strings = [
  '',
  'plain',
  'with "quotes"',
  'back\\slash',
  'line\nbreak',
  '\u2028é😀',
  '\ud800',
  'x'.repeat(90),
] as const;

function fail(): never {
  throw new Error('expected a better value');
}

function hash(seed: number, text: string): number {
  let value = seed | 0;
  for (let at = 0; at < text.length; at += 1)
    value = Math.imul(value ^ text.charCodeAt(at), 0x01000193) + 0x9e37;
  return value >>> 0;
}

const keyed = (value: unknown, key: unknown) =>
  typeof value === 'string' ? `${value} ${String(key)}` : value;

/** How likely what goes wrong is, and how many values are promises. */
export interface Chances {
  readonly failure: number;
  readonly absence: number;
  readonly promise: number;
}

/** A schema by chance, whose resolvers answer by chance, and operations over it. */
export function createWorld(seed: number, chances: Chances) {
  const random = createRandom(seed);
  let schedule = createSchedule();

  /** What a position holds: a value, nothing, an error in one of its forms, or a promise of these. */
  function decide(type: GraphQLOutputType, at: number, mayPromise = true): unknown {
    const dice = createRandom(at);
    if (mayPromise && dice.chance(chances.promise)) {
      const promised = schedule.later(dice.next(), () => decide(type, hash(at, 'p'), false));
      return dice.chance(0.1) ? { then: promised.then.bind(promised) } : promised;
    }
    if (dice.chance(chances.failure)) {
      if (dice.chance(0.2)) return new Error(`returned ${at}`);
      // eslint-disable-next-line @typescript-eslint/only-throw-error -- JavaScript throws anything
      throw dice.chance(0.1)
        ? `text ${at}`
        : Object.assign(new Error(`thrown ${at}`), { extensions: { at } });
    }
    if (dice.chance(chances.absence)) return dice.chance(0.5) ? null : undefined;
    if (isNonNullType(type)) return decide(type.ofType, hash(at, '!'), false);
    if (isListType(type)) {
      if (dice.chance(chances.failure)) return 'no list';
      const items = Array.from({ length: dice.integer(0, 4) }, (_, index) => {
        try {
          return decide(type.ofType, hash(at, String(index)));
        } catch (error) {
          return error instanceof Error ? error : new Error(String(error));
        }
      });
      return dice.chance(0.2) ? new Set(items) : items;
    }
    return isLeafType(type) ? leafValue(type, dice) : sourceOf(at, dice);
  }

  function leafValue(type: GraphQLLeafType, dice: Random): unknown {
    if (dice.chance(chances.failure)) return dice.pick<unknown>(['bad', { bad: true }, NaN, -1e40]);
    switch (type) {
      case GraphQLInt:
        return dice.pick([0, -0, 7, -2147483648, true, '12']);
      case GraphQLFloat:
        return dice.pick([0.1, -0, 1e21, 5e-7, 3, '1.5', dice.next()]);
      case GraphQLBoolean:
        return dice.pick([true, false, 1, 0]);
      case Mood:
        return dice.pick<unknown>([1, 'b', 'ODD']);
      case Any:
        return dice.pick([1, NaN, { a: [1, null, 'x'] }, 'text', true, () => 1, new Date(0)]);
      default:
        return dice.pick<unknown>([type === GraphQLID ? 'id' : true, 12, ...strings]);
    }
  }

  const objects: GraphQLObjectType[] = [];

  /** An object whose properties stand in for resolvers where a field has none. */
  function sourceOf(at: number, dice: Random): object {
    const source = { seed: at, ...(dice.chance(0.5) ? { __typename: dice.pick(names) } : {}) };
    for (const field of propertyFields) {
      const isMethod = dice.chance(0.3);
      Object.defineProperty(source, field, {
        get: () => {
          const value = () => decide(GraphQLString, hash(at, field));
          return isMethod
            ? (_args: unknown, _context: unknown, info: { path: { key: unknown } }) =>
                keyed(value(), info.path.key)
            : value();
        },
      });
    }
    return source;
  }

  const propertyFields = ['p0', 'p1'];
  const names = ['O0', 'O1', 'O2'] as const;
  const wrap = (type: GraphQLOutputType, depth = 0): GraphQLOutputType => {
    const inner = depth < 3 && random.chance(0.3) ? new GraphQLList(wrap(type, depth + 1)) : type;
    return random.chance(0.25) && !isNonNullType(inner) ? new GraphQLNonNull(inner) : inner;
  };
  const seedOf = (source: unknown): number => (source as Partial<Seeded> | undefined)?.seed ?? seed;

  function field(name: string, named: GraphQLOutputType): GraphQLFieldConfig<unknown, unknown> {
    const type = wrap(named);
    const shape = random.integer(0, 3);
    const of = (source: unknown, more = '') => decide(type, hash(seedOf(source), name + more));
    if (shape === 0) return { type, resolve: (source) => of(source) };
    if (shape === 1) {
      return {
        type,
        args: {
          n: { type: GraphQLInt, defaultValue: 3 },
          list: { type: new GraphQLList(new GraphQLNonNull(GraphQLString)) },
        },
        resolve: (source, args) => of(source, JSON.stringify(args)),
      };
    }
    if (shape === 2) {
      return {
        type,
        resolve: (source, _args, _context, info) =>
          of(
            source,
            [
              info.fieldName,
              info.path.key,
              info.parentType.name,
              Object.keys(info.variableValues),
            ].join(),
          ),
      };
    }
    return { type, resolve: (...all) => of(all[0], String(all[3].returnType)) };
  }

  const fieldsOf = () => {
    const fields: Record<string, GraphQLFieldConfig<unknown, unknown>> = {
      p0: { type: GraphQLString },
      p1: { type: new GraphQLNonNull(GraphQLString) },
    };
    for (let index = 0; index < 4; index += 1)
      fields[`l${index}`] = field(`l${index}`, random.pick(leaves));
    for (let index = 0; index < 4; index += 1) {
      fields[`o${index}`] = field(
        `o${index}`,
        random.pick<GraphQLOutputType>([Shape, Either, ...objects]),
      );
    }
    return fields;
  };

  const typeNameOf = (value: unknown): unknown => {
    const dice = createRandom(hash(seedOf(value), 'type'));
    const name = dice.chance(chances.failure)
      ? dice.pick([undefined, 'None', 'Mood', 7])
      : dice.pick(names);
    return dice.chance(chances.promise) ? schedule.later(dice.next(), () => name) : name;
  };
  const Shape = new GraphQLInterfaceType({
    name: 'Shape',
    fields: { p0: { type: GraphQLString }, p1: { type: new GraphQLNonNull(GraphQLString) } },
    resolveType: (value) => typeNameOf(value) as string,
  });
  const hasIsTypeOf = random.chance(0.5);
  for (const name of names) {
    objects.push(
      new GraphQLObjectType({
        name,
        interfaces: [Shape],
        fields: fieldsOf,
        ...(hasIsTypeOf
          ? {
              isTypeOf: (value: unknown) => {
                const dice = createRandom(hash(seedOf(value), `is ${name}`));
                const isIt = !dice.chance(chances.failure * 2);
                return dice.chance(chances.promise / 2)
                  ? schedule.later(dice.next(), () => isIt)
                  : isIt;
              },
            }
          : {}),
      }),
    );
  }
  const Either = new GraphQLUnionType({ name: 'Either', types: objects });
  const root = { fields: fieldsOf };
  const schema = new GraphQLSchema({
    query: new GraphQLObjectType({ name: 'Query', ...root }),
    mutation: new GraphQLObjectType({ name: 'Mutation', ...root }),
    types: objects,
  });

  return {
    schema,
    random,
    /** From now on promises are made here. */
    use(next: Schedule) {
      schedule = next;
    },
    rootValue: () => sourceOf(seed, createRandom(seed)),
  };
}
