import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type DocumentNode,
  getNamedType,
  getVariableValues,
  type GraphQLInputType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredInputField,
  Kind,
  NoDeprecatedCustomRule,
  type OperationDefinitionNode,
  parse,
  typeFromAST,
  validate,
} from 'graphql';
import { publishedSchema } from '../../codegen.ts';
import { dayOf } from '../../src/calendar.ts';
import { type Config, readConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { indexManifests, ManifestError, parseManifest } from '../../src/documents/manifest.ts';
import { type Example, loadExamples } from '../../src/examples.ts';
import { encodeCursor } from '../../src/graph/cursor.ts';
import { encodeGlobalId } from '../../src/graph/global-id.ts';
import { priceOperation } from '../../src/pricing/price.ts';
import type { Price } from '../../src/pricing/priced.ts';
import type { RequestsFor } from '../../src/pricing/read-plan.ts';
import { createUpstreams } from '../../src/upstreams/index.ts';

/**
 * Would every published document still run? Checks manifests and schema/operations against the
 * schema and the default limits: `npm run operations:check -- [manifest ...]`.
 */

export interface Limits {
  readonly pointsMax: number;
  readonly creditsMax: number;
  readonly depthMax: number;
  readonly tokensMax: number;
}

export interface CheckOptions {
  readonly schema: GraphQLSchema;
  readonly requestsFor: RequestsFor;
  readonly limits: Limits;
  readonly nowMs: number;
  readonly manifests: readonly { readonly name: string; readonly text: string }[];
  readonly operations: readonly Example[];
}

export interface PricedOperation {
  readonly operation: string;
  readonly points: number;
  readonly credits: number;
  /** Where it is published. */
  readonly sources: readonly string[];
}

export interface Findings {
  /** Each is a reason not to release. */
  readonly problems: readonly string[];
  /** What still runs, and will not for ever. */
  readonly deprecations: readonly string[];
  readonly priced: readonly PricedOperation[];
}

interface Published {
  readonly source: string;
  /** How a problem names the document. */
  readonly place: string;
  readonly body: string;
}

/** Checks every document that a client may be using. */
export function checkOperations(options: CheckOptions): Findings {
  const { schema, limits, manifests, operations } = options;
  const { documents, problems } = readManifests(manifests);
  const deprecations: string[] = [];
  const priced = new Map<string, PricedOperation>();
  const published: Published[] = [
    ...operations.map(({ name, text }) => {
      const source = `${name}.graphql`;
      return { source, place: source, body: text };
    }),
    ...documents,
  ];

  for (const { source, place, body } of published) {
    const document = read(body, limits.tokensMax);
    if (typeof document === 'string') {
      problems.push(`${place}: does not parse: ${document}`);
      continue;
    }
    const operationsOf = document.definitions.filter(
      (definition) => definition.kind === Kind.OPERATION_DEFINITION,
    );
    const names = operationsOf.map(({ name }) => name?.value ?? '(unnamed)').join(', ');
    const errors = validate(schema, document);
    if (errors.length > 0) {
      problems.push(
        ...errors.map(({ message }) => `${place}: ${names}: does not validate: ${line(message)}`),
      );
      continue;
    }
    if (operationsOf.length === 0) problems.push(`${place}: has no operation to run`);
    deprecations.push(
      ...validate(schema, document, [NoDeprecatedCustomRule]).map(
        ({ message }) => `${place}: ${names}: ${line(message)}`,
      ),
    );
    for (const operation of operationsOf) {
      const name = operation.name?.value ?? '(unnamed)';
      const price = dearestPrice(document, operation, options);
      if (price === undefined) {
        problems.push(`${place}: ${name}: no variables were found with which it could be priced`);
        continue;
      }
      problems.push(...tooDear(price, limits).map((what) => `${place}: ${name}: ${what}`));
      const { points, credits } = price;
      const key = [name, points, credits].join(' ');
      const sources = [...(priced.get(key)?.sources ?? []), source];
      priced.set(key, { operation: name, points, credits, sources: [...new Set(sources)] });
    }
  }
  return { problems, deprecations, priced: [...priced.values()] };
}

function readManifests(manifests: CheckOptions['manifests']) {
  const documents: Published[] = [];
  const problems: string[] = [];
  const readable: { readonly name: string; readonly text: string }[] = [];
  for (const manifest of manifests) {
    const { name, text } = manifest;
    collectProblems(problems, () => {
      for (const { ids, name: operation, body } of parseManifest(text, name)) {
        const named = operation === undefined ? '' : ` (${operation})`;
        documents.push({ source: name, place: `${name}: ${ids[0] ?? ''}${named}`, body });
      }
      readable.push(manifest);
    });
  }
  // Of those that can be read by themselves, do any two disagree?
  collectProblems(problems, () => void indexManifests(readable));
  return { documents, problems };
}

function collectProblems(problems: string[], work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    problems.push(...error.problems.map(line));
  }
}

function read(body: string, tokensMax: number): DocumentNode | string {
  try {
    return parse(body, { maxTokens: tokensMax });
  } catch (error) {
    return line(error instanceof Error ? error.message : String(error));
  }
}

function tooDear({ points, credits, isTruncated, depth }: Price, limits: Limits): string[] {
  const { pointsMax, creditsMax, depthMax } = limits;
  return [
    ...(points > pointsMax ? [`costs ${points} points, over the limit of ${pointsMax}`] : []),
    ...(credits > creditsMax ? [`costs ${credits} credits, over the limit of ${creditsMax}`] : []),
    ...(depth > depthMax ? [`is more than ${depthMax} levels deep`] : []),
    ...(isTruncated && depth <= depthMax ? ['is too large to be priced'] : []),
  ];
}

/**
 * The price with the defaults that the document states. A variable that must be given has the value
 * that makes the operation dearest; an optional one without a default is left out. Points and
 * credits are each at their worst, which may take different values.
 */
function dearestPrice(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  options: CheckOptions,
): Price | undefined {
  const { schema, limits, requestsFor, nowMs } = options;
  const definitions = operation.variableDefinitions ?? [];
  const priceWith = (inputs: Readonly<Record<string, unknown>>): Price | undefined => {
    const { coerced: variables } = getVariableValues(schema, definitions, inputs);
    if (variables === undefined) return undefined;
    const { depthMax } = limits;
    const of = { schema, document, operation, variables, nowMs, depthMax, requestsFor };
    return priceOperation(of);
  };
  const choices = definitions.flatMap(({ variable, type, defaultValue }) => {
    if (defaultValue !== undefined || type.kind !== Kind.NON_NULL_TYPE) return [];
    // Validation has seen to it that variables are of input types.
    const inputType = typeFromAST(schema, type) as GraphQLInputType;
    return [{ name: variable.name.value, values: valuesOf(inputType, options) }];
  });
  const dearestBy = (measure: (price: Price) => number): Price | undefined => {
    const inputs = Object.fromEntries(choices.map(({ name, values }) => [name, values[0]]));
    // Twice, for a value may only tell once a later one is chosen: days, before how many of them.
    for (const { name, values } of [...choices, ...choices]) {
      const measured = values.map((value) => {
        const price = priceWith({ ...inputs, [name]: value });
        return price === undefined ? -1 : measure(price);
      });
      inputs[name] = values[measured.lastIndexOf(Math.max(...measured))];
    }
    return priceWith(inputs);
  };
  const byPoints = dearestBy(({ points }) => points);
  const byCredits = dearestBy(({ credits }) => credits);
  return byPoints && byCredits && { ...byPoints, credits: byCredits.credits };
}

const dayMs = 24 * 3600 * 1000;

/** Values of a type among which one makes an operation as dear as it can be. */
function valuesOf(type: GraphQLInputType, options: CheckOptions): readonly unknown[] {
  const { nowMs, schema } = options;
  if (isNonNullType(type)) return valuesOf(type.ofType, options);
  if (isListType(type)) {
    const [value] = valuesOf(type.ofType, options);
    return listSizes(schema).map((length) => Array.from({ length }, () => value));
  }
  if (isEnumType(type)) return type.getValues().map(({ name }) => name);
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields());
    const some = fields.map((field) => [field.name, valuesOf(field.type, options)[0]] as const);
    if (type.isOneOf) return some.map((entry) => Object.fromEntries([entry]));
    return [
      Object.fromEntries(some.filter((_, at) => fields[at] && isRequiredInputField(fields[at]))),
    ];
  }
  const today = dayOf(nowMs);
  const scalars: Readonly<Record<string, readonly unknown[]>> = {
    ID: [encodeGlobalId('Token', 3375)],
    Int: listSizes(schema),
    Float: [1],
    Boolean: [true, false],
    Decimal: ['1'],
    Date: ['2010-01-01', today],
    DateTime: [nowMs - 28 * dayMs, nowMs].map((ms) => new Date(ms).toISOString()),
    String: ['SOL', ...['0', today, new Date(nowMs).toISOString()].map(encodeCursor)],
  };
  return scalars[getNamedType(type).name] ?? [];
}

/** How long lists may be: beyond such a size an argument is refused and costs nothing. */
function listSizes(schema: GraphQLSchema): readonly number[] {
  const sizes = Object.values(schema.getTypeMap()).flatMap((type) =>
    isObjectType(type)
      ? Object.values(type.getFields()).flatMap(
          ({ extensions }) => extensions.cost?.listSize?.max ?? [],
        )
      : [],
  );
  return [...new Set([1, ...sizes])].sort((a, b) => a - b);
}

const line = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();

/** What the check prints: a table, then what is deprecated, then what is wrong. */
export function report({ priced, deprecations, problems }: Findings): string {
  const rows = [
    ['operation', 'points', 'credits', 'published in'],
    ...[...priced]
      .sort((a, b) => (a.operation < b.operation ? -1 : a.operation > b.operation ? 1 : 0))
      .map(({ operation, points, credits, sources }) => [
        operation,
        String(points),
        String(credits),
        sources.join(', '),
      ]),
  ];
  const widths = [0, 1, 2].map((at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  const table = rows.map(([operation = '', points = '', credits = '', sources = '']) =>
    [
      operation.padEnd(widths[0] ?? 0),
      points.padStart(widths[1] ?? 0),
      credits.padStart(widths[2] ?? 0),
      sources,
    ].join('  '),
  );
  const verdict =
    problems.length === 0
      ? 'Every published operation runs within the default limits.'
      : `${problems.length} problem(s):`;
  return [
    ...table,
    '',
    ...deprecations.map((text) => `deprecated: ${text}`),
    verdict,
    ...problems.map((text) => `  ${text}`),
  ].join('\n');
}

/** The upstreams' arithmetic of requests; nothing is sent. */
export async function withRequestsFor<T>(
  { tokenMetrics, rows }: Config,
  work: (requestsFor: RequestsFor) => T,
): Promise<T> {
  const upstreams = createUpstreams({
    tokenMetrics: {
      ...tokenMetrics,
      baseUrl: 'http://unused.invalid',

      apiKey: 'none',
    },
    rows,
    redis: undefined,
    log: createLog({ level: 'silent' }),
    now: Date.now,
  });
  try {
    return work(upstreams.requestsFor);
  } finally {
    await upstreams.close();
  }
}

/** Checks what this project publishes and the manifests in further files. */
export async function checkPublished(files: readonly string[]): Promise<Findings> {
  const config = readConfig({});
  const own = fileURLToPath(
    new URL('../../schema/client/persisted-documents.json', import.meta.url),
  );
  const unreadable: string[] = [];
  const manifests = await Promise.all(
    [...new Set([own, ...files])].map(async (file) => {
      const name = file === own ? basename(file) : file;
      try {
        return [{ name, text: await readFile(file, 'utf8') }];
      } catch (error) {
        unreadable.push(`${name}: cannot be read: ${error instanceof Error ? error.message : ''}`);
        return [];
      }
    }),
  );
  const operations = await loadExamples();
  const findings = await withRequestsFor(config, (requestsFor) =>
    checkOperations({
      schema: publishedSchema(),
      requestsFor,
      limits: {
        ...config.cost,
        depthMax: config.documents.depthMax,
        tokensMax: config.documents.tokensMax,
      },
      nowMs: Date.now(),
      manifests: manifests.flat(),
      operations,
    }),
  );
  return { ...findings, problems: [...unreadable.sort(), ...findings.problems] };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  // Comma-separated as in DOCUMENTS_MANIFESTS, or one by one.
  const files = process.argv.slice(2).flatMap((arg) => arg.split(',').filter(Boolean));
  const findings = await checkPublished(files);
  console.log(report(findings));
  if (findings.problems.length > 0) process.exitCode = 1;
}
