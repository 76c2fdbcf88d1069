import {
  type DocumentNode,
  getOperationAST,
  getVariableValues,
  GraphQLError,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { OperationContext } from '../context.ts';
import { type Price, priceOperation } from '../pricing/price.ts';
import type { RequestsFor } from '../pricing/read-plan.ts';
import { creditsOf } from '../usage.ts';

export interface CostLimits {
  readonly pointsMax: number;
  readonly creditsMax: number;
  readonly depthMax: number;
}

export interface CostOptions {
  readonly limits: CostLimits;
  readonly requestsFor: RequestsFor;
}

/** Either of these asks for the price and the plan without executing: nothing is asked upstream. */
const dryRunHeader = 'x-cost-dry-run';
const isDryRun = (request: Request, extensions: unknown): boolean =>
  request.headers.get(dryRunHeader) === 'true' ||
  (isRecord(extensions) && isRecord(extensions['cost']) && extensions['cost']['dryRun'] === true);

/**
 * Prices every operation before it runs, refuses what is too dear and tells the price with every
 * answer. In `onExecute`, because a price depends on the variables: validation, which is cached by
 * document, never sees them.
 */
export function useCost({ limits, requestsFor }: CostOptions): Plugin<OperationContext> {
  return {
    onExecute({ args, context, setResultAndStopExecution }) {
      const request: ExecutableRequest = args;
      const selected = selectOperation(request);
      if ('errors' in selected) return setResultAndStopExecution({ errors: selected.errors });
      const price = priceOperation({
        ...selected,
        schema: request.schema,
        document: request.document,
        nowMs: context.nowMs,
        depthMax: limits.depthMax,
        requestsFor,
      });
      context.usage.price = price;
      context.usage.operation = selected.operation.name?.value;
      const refusal = refuse(price, limits);
      const extension = () => ({
        points: price.points,
        pointsLimit: limits.pointsMax,
        credits: {
          estimated: price.credits,
          limit: limits.creditsMax,
          spent: creditsOf(context.usage),
        },
      });
      if (refusal !== undefined) {
        return setResultAndStopExecution({
          errors: [refusal],
          extensions: { cost: extension() },
        });
      }
      if (isDryRun(context.request, context.params.extensions)) {
        const plan = price.plan.map(({ upstream, endpoint, requests, keys, path }) => ({
          upstream,
          endpoint,
          requests,
          keys,
          path,
        }));
        return setResultAndStopExecution({
          data: null,
          extensions: { cost: { ...extension(), dryRun: true, plan } },
        });
      }
      return {
        onExecuteDone({ result, setResult }) {
          context.settle();
          if (Symbol.asyncIterator in result) return;
          const { errors, extensions, data } = result;
          // Before the data, where whoever explores sees it without scrolling through an answer.
          setResult({
            ...(errors === undefined ? {} : { errors }),
            extensions: { ...extensions, cost: extension() },
            ...(data === undefined ? {} : { data }),
          });
        },
      };
    },
  };
}

/** What execution is given, as far as a price needs it. */
interface ExecutableRequest {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operationName?: string | null | undefined;
  readonly variableValues?: unknown;
}

type Selected =
  | {
      readonly operation: OperationDefinitionNode;
      readonly variables: Readonly<Record<string, unknown>>;
    }
  | { readonly errors: readonly GraphQLError[] };

/** The operation that will run and its variables, or what is wrong with them. */
function selectOperation(request: ExecutableRequest): Selected {
  const { schema, document, operationName } = request;
  const operation = getOperationAST(document, operationName);
  // Refused before: `useOperation` runs with the parser.
  if (!operation) return { errors: [] };
  const inputs = isRecord(request.variableValues) ? request.variableValues : {};
  const variables = getVariableValues(schema, operation.variableDefinitions ?? [], inputs, {
    maxErrors: 20,
  });
  if (variables.errors) {
    return { errors: variables.errors.map(wrongVariable) };
  }
  return { operation, variables: variables.coerced };
}

/** A variable whose value does not fit its type. */
function wrongVariable({ message, nodes }: GraphQLError): GraphQLError {
  const variable = /^Variable "\$(\w+)"/.exec(message)?.[1];
  return new GraphQLError(message, {
    nodes,
    extensions: {
      code: 'BAD_USER_INPUT',
      ...(variable === undefined ? {} : { argument: variable }),
      http: { status: 400, spec: true },
    },
  });
}

/** The refusal of an operation over a limit, with everything a client needs to make it cheaper. */
function refuse(price: Price, limits: CostLimits): GraphQLError | undefined {
  const { points, credits, depth, isTruncated } = price;
  const { pointsMax, creditsMax, depthMax } = limits;
  if (points <= pointsMax && credits <= creditsMax && !isTruncated) return undefined;
  const atLeast = isTruncated ? 'at least ' : '';
  const tooDeep = depth > depthMax ? ` It is more than ${depthMax} levels deep.` : '';
  return new GraphQLError(
    `The operation costs ${atLeast}${points} points and ${credits} credits; one operation may cost ${pointsMax} points and ${creditsMax} credits.${tooDeep} Ask for less at the dearest places, or in several operations.`,
    {
      extensions: {
        code: 'COST_LIMIT_EXCEEDED',
        points,
        pointsLimit: pointsMax,
        credits,
        creditsLimit: creditsMax,
        dearest: dearest(price, limits),
        http: { status: 400 },
      },
    },
  );
}

/** The three places that use up most of whichever limit they press on. */
function dearest({ plan, pointsByPath }: Price, { pointsMax, creditsMax }: CostLimits) {
  const places = new Map<string, { path: string; points: number; credits: number }>();
  const at = (path: string) => {
    const place = places.get(path) ?? { path, points: 0, credits: 0 };
    places.set(path, place);
    return place;
  };
  for (const [path, points] of pointsByPath) at(path).points += points;
  for (const { path, requests } of plan) at(path).credits += requests;
  const share = (place: { points: number; credits: number }) =>
    Math.max(place.points / pointsMax, place.credits / creditsMax);
  return [...places.values()].sort((a, b) => share(b) - share(a)).slice(0, 3);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
