import { fileURLToPath } from 'node:url';
import { printSchemaWithDirectives } from '@graphql-tools/utils';
import {
  buildSchema,
  findBreakingChanges,
  findDangerousChanges,
  type GraphQLSchema,
  lexicographicSortSchema,
} from 'graphql';
import { publishedSchema } from '../../codegen.ts';
import { dayOf } from '../../src/calendar.ts';
import { checkDeprecations, lastDayOf, stillPromised } from './deprecations.ts';
import { type KnownOperation, loadKnownOperations, whoBreaks } from './known-clients.ts';
import { loadReleasedSchemas, type ReleasedSchema } from './released-schemas.ts';
import { membersOf } from './schema-members.ts';
import { findUnseenChanges } from './unseen-changes.ts';

/** Does the schema keep what its last release promised? `npm run schema:check`. */

export interface SchemaCheckOptions {
  /** Made of text, so that it has the directives. */
  readonly schema: GraphQLSchema;
  /** The oldest first. */
  readonly released: readonly ReleasedSchema[];
  readonly operations: readonly KnownOperation[];
  readonly today: string;
}

export interface SchemaFindings {
  /** Each is a reason not to release. */
  readonly problems: readonly string[];
  /** What clients may notice, and what they will. */
  readonly told: readonly string[];
}

export function checkSchema(options: SchemaCheckOptions): SchemaFindings {
  const { schema, released, operations, today } = options;
  const last = released.at(-1);
  if (last === undefined) return { problems: ['no schema was released yet'], told: [] };
  const promised = stillPromised(last.schema, today);
  const unseen = findUnseenChanges(promised, schema);
  const breaking = [
    ...findBreakingChanges(promised, schema).map(({ description }) => description),
    ...unseen.breaking,
  ];
  const dangerous = [
    ...findDangerousChanges(promised, schema).map(({ description }) => description),
    ...unseen.dangerous,
  ];
  const promises = promisesOf(last);
  const deprecations = checkDeprecations(schema, released, today);
  return {
    problems: [
      ...breaking.map((change) =>
        [change, promises.get(change), whoBreaks(change, last.schema, operations)]
          .filter((sentence) => sentence !== undefined)
          .join(' '),
      ),
      ...deprecations.problems,
    ],
    told: [...dangerous.map((change) => `dangerous: ${change}`), ...deprecations.told],
  };
}

/** What to say of a member that is gone, by the sentence that tells it. */
function promisesOf({ version, schema }: ReleasedSchema): ReadonlyMap<string, string> {
  const members = [...membersOf(schema).values()];
  return new Map(
    members.map(({ removal, deprecationReason }) => {
      const lastDay = lastDayOf(deprecationReason);
      const until = lastDay === undefined ? '' : `, and it is promised until ${lastDay}`;
      const state = deprecationReason === undefined ? 'did not deprecate it' : 'deprecated it';
      return [removal, `Release ${version} ${state}${until}.`];
    }),
  );
}

/** What the check prints. */
export function report({ problems, told }: SchemaFindings, last?: ReleasedSchema): string {
  return [
    ...(last ? [`Compared with ${last.version}, released ${last.day}.`] : []),
    ...told,
    problems.length === 0
      ? 'The schema keeps what was promised.'
      : `${problems.length} problem(s):`,
    ...problems.map((problem) => `  ${problem}`),
  ].join('\n');
}

/** The schema of this code as text, as it is published and released. */
export function publishedSdl(): string {
  return printSchemaWithDirectives(lexicographicSortSchema(publishedSchema()));
}

/** Checks the schema of this code against what is in schema/released. */
export async function checkPublishedSchema(today: string) {
  const [released, operations] = await Promise.all([loadReleasedSchemas(), loadKnownOperations()]);
  const findings = checkSchema({
    ...{ released, operations, today },
    schema: buildSchema(publishedSdl()),
  });
  return { ...findings, last: released.at(-1) };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { last, ...findings } = await checkPublishedSchema(dayOf(Date.now()));
  console.log(report(findings, last));
  if (findings.problems.length > 0) process.exitCode = 1;
}
