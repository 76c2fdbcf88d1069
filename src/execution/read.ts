import type { GraphQLResolveInfo } from 'graphql';
import type { ArgumentsOf } from './arguments.ts';
import type { FieldPlan } from './field-plan.ts';
import { type InfoOf, parametersOf } from './info.ts';
import { ResponsePath } from './path.ts';
import type { Run } from './run.ts';

/** Gets the value of a field, or a promise of it. Its path is made when it is read, if not before. */
export type Read = (
  source: unknown,
  run: Run,
  prev: ResponsePath | undefined,
  path: ResponsePath | undefined,
) => unknown;

/** A resolver, called with as much as it can see. */
type Resolve = {
  call(source: unknown, args?: unknown, context?: unknown, info?: GraphQLResolveInfo): unknown;
}['call'];

interface ReadOptions {
  readonly plan: FieldPlan;
  readonly argumentsOf: ArgumentsOf;
  readonly infoOf: InfoOf;
}

export function createRead({ plan, argumentsOf, infoOf }: ReadOptions): Read {
  const { definition, responseKey, parentType } = plan;
  const typename = parentType.name;
  const hasArguments = definition.args.length > 0;
  const resolve: Resolve | undefined = definition.resolve;
  if (resolve === undefined) return createPropertyRead({ plan, argumentsOf, infoOf });

  const parameters = parametersOf(resolve);
  // Arguments are coerced even if nobody looks at them: they may be wrong.
  if (parameters <= 1 && !hasArguments) return (source) => resolve(source);
  if (parameters <= 3) {
    return (source, run) => resolve(source, argumentsOf(run), run.context);
  }
  return (source, run, prev, path) =>
    resolve(
      source,
      argumentsOf(run),
      run.context,
      infoOf(run, path ?? new ResponsePath(prev, responseKey, typename)),
    );
}

function createPropertyRead({ plan, argumentsOf, infoOf }: ReadOptions): Read {
  const { definition, responseKey, parentType } = plan;
  const { name } = definition;
  const typename = parentType.name;
  const readProperty: Read = (source, run, prev, path) => {
    if (!hasProperties(source)) return undefined;
    const property = source[name];
    if (typeof property !== 'function') return property;
    run.unrepeatable += 1;
    // Called on the source, which a method may know as `this`.
    return hasMethods(source)
      ? source[name]?.(
          argumentsOf(run),
          run.context,
          infoOf(run, path ?? new ResponsePath(prev, responseKey, typename)),
        )
      : undefined;
  };
  if (definition.args.length === 0) return readProperty;
  return (source, run, prev, path) => {
    argumentsOf(run);
    return readProperty(source, run, prev, path);
  };
}

function hasProperties(value: unknown): value is Readonly<Record<string, unknown>> {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

function hasMethods(
  _source: unknown,
): _source is Readonly<Record<string, (...args: unknown[]) => unknown>> {
  return true;
}
