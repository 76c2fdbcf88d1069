import { MapperKind, mapSchema, pruneSchema } from '@graphql-tools/utils';
import type { GraphQLSchema } from 'graphql';
import { addDays, isDay } from '../../src/calendar.ts';
import type { ReleasedSchema } from './released-schemas.ts';
import { membersOf } from './schema-members.ts';

/** How long a client has, from the release that deprecates something to the one that removes it. */
export const daysOfNotice = 180;

/** The last day on which what is deprecated is sure to be there. */
export function lastDayOf(reason: string | null | undefined): string | undefined {
  const [, day] = /\bRemoved after (\S+)\.$/.exec(reason ?? '') ?? [];
  return day !== undefined && isDay(day) ? day : undefined;
}

/** What is left of a released schema's promises when those are over whose day is past. */
export function stillPromised(schema: GraphQLSchema, today: string): GraphQLSchema {
  const unlessOver = ({ deprecationReason }: { deprecationReason?: string | null | undefined }) => {
    const lastDay = lastDayOf(deprecationReason);
    return lastDay !== undefined && lastDay < today ? null : undefined;
  };
  const mapped = mapSchema(schema, {
    [MapperKind.FIELD]: unlessOver,
    [MapperKind.ARGUMENT]: unlessOver,
    [MapperKind.ENUM_VALUE]: unlessOver,
  });
  // A type goes with the last member that led to it.
  return pruneSchema(mapped);
}

interface Deprecations {
  /** Each is a reason not to release. */
  readonly problems: readonly string[];
  readonly told: readonly string[];
}

/** Does everything that is deprecated say until when it is there, and is that long enough? */
export function checkDeprecations(
  schema: GraphQLSchema,
  released: readonly ReleasedSchema[],
  today: string,
): Deprecations {
  const before = [...released]
    .reverse()
    .map(({ version, day, schema }) => ({ version, day, members: membersOf(schema) }));
  const problems: string[] = [];
  const told: string[] = [];
  for (const [coordinate, { deprecationReason }] of membersOf(schema)) {
    if (deprecationReason === undefined) continue;
    const lastDay = lastDayOf(deprecationReason);
    if (lastDay === undefined) {
      problems.push(
        `${coordinate} is deprecated without a day: end its reason with "Removed after YYYY-MM-DD."`,
      );
      continue;
    }
    const first = before.findIndex(
      ({ members }) => members.get(coordinate)?.deprecationReason === undefined,
    );
    const deprecatedIn = first === -1 ? before : before.slice(0, first);
    // What no release has deprecated yet is deprecated today at the earliest.
    const since = deprecatedIn.at(-1) ?? { version: 'the next release', day: today };
    const promised = lastDayOf(deprecatedIn[0]?.members.get(coordinate)?.deprecationReason);
    const earliest = addDays(since.day, daysOfNotice);
    if (promised !== undefined && lastDay < promised) {
      problems.push(`${coordinate} goes after ${lastDay}, and was promised until ${promised}`);
    } else if (lastDay < earliest) {
      problems.push(
        `${coordinate} goes after ${lastDay}, less than ${daysOfNotice} days after ${since.version}: ${earliest} at the earliest`,
      );
    } else {
      told.push(
        `deprecated: ${coordinate} since ${since.version}, ${lastDay < today ? 'may be removed' : `removed after ${lastDay}`}`,
      );
    }
  }
  return { problems, told };
}
