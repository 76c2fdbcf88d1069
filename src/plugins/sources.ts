import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { sourcesOf } from '../answer/sources.ts';
import type { OperationContext } from '../context.ts';

/** How many seconds past its lifetime a value may be; 0 refuses all that is stale. */
const maxStaleHeader = 'x-max-stale-seconds';
const maxStaleExtension = 'maxStaleSeconds';

/**
 * Says of every answer where its data came from and how old it is, and lets a client refuse what is
 * too old for it.
 */
export function useSources({ now }: { readonly now: () => number }): Plugin<OperationContext> {
  return {
    onExecute({ context, setResultAndStopExecution }) {
      const { request, params } = context;
      const given: unknown =
        request.headers.get(maxStaleHeader) ?? params.extensions?.[maxStaleExtension];
      const seconds = given === undefined ? Infinity : secondsOf(given);
      if (seconds === undefined) {
        return setResultAndStopExecution({ errors: [refusal(given)] });
      }
      context.maxStale.seconds = seconds;
      return {
        onExecuteDone({ result, setResult }) {
          if (Symbol.asyncIterator in result) return;
          const sources = sourcesOf(context.usage, now());
          setResult({ ...result, extensions: { ...result.extensions, sources } });
        },
      };
    },
  };
}

function secondsOf(given: unknown): number | undefined {
  const seconds = typeof given === 'string' && /^\d{1,9}$/.test(given) ? Number(given) : given;
  const isSeconds = typeof seconds === 'number' && Number.isFinite(seconds) && seconds >= 0;
  return isSeconds ? seconds : undefined;
}

function refusal(given: unknown): GraphQLError {
  const said = JSON.stringify(given)?.slice(0, 50);
  return new GraphQLError(
    `maxStaleSeconds is ${said}: expected how many seconds past its lifetime a value may be, as a number from 0.`,
    {
      extensions: {
        code: 'BAD_USER_INPUT',
        argument: maxStaleExtension,
        http: { status: 400, spec: true },
      },
    },
  );
}
