import {
  type DocumentNode,
  getOperationAST,
  getVariableValues,
  GraphQLError,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { costOf } from '../answer/cost.ts';
import { endPricing } from '../answer/spans.ts';
import type { OperationContext } from '../context.ts';
import { priceOperation } from '../pricing/price.ts';
import type { CostLimits } from '../pricing/priced.ts';
import type { RequestsFor } from '../pricing/read-plan.ts';
import { beyondPlan, limitsOf, refuse } from './cost-refusals.ts';

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
export function useCost({
  limits: gatewayLimits,
  requestsFor,
}: CostOptions): Plugin<OperationContext> {
  return {
    onExecute({ args, context, setResultAndStopExecution }) {
      const request: ExecutableRequest = args;
      const { plan: callersPlan } = context.caller;
      const limits = limitsOf(gatewayLimits, callersPlan);
      const selected = selectOperation(request);
      if ('errors' in selected) return setResultAndStopExecution({ errors: selected.errors });
      const span = context.step?.span.child('price');
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
      const refusal = refuse(price, limits) ?? beyondPlan(price, callersPlan, context.nowMs);
      if (span !== undefined) endPricing(span, price, refusal);
      const extension = () => costOf(price, limits, context.usage);
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
            extensions: {
              ...extensions,
              cost: { ...extension(), ...Object(extensions?.['cost']) },
            },
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

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
