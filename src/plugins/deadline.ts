import { type ExecutionArgs, getOperationAST, GraphQLError, OperationTypeNode } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { OperationContext } from '../context.ts';

export interface DeadlineOptions {
  readonly queryMs: number;
  /** At least as long: what a mutation spent is spent, and its answer cannot be asked for again. */
  readonly mutationMs: number;
}

const controllers = new WeakMap<Request, AbortController>();

/** Fires when the work for a request is of no more use: its client has left, or it took too long. */
export function workSignalOf(request: Request): AbortSignal {
  const controller = new AbortController();
  controllers.set(request, controller);
  request.signal.addEventListener('abort', () => controller.abort(), { once: true });
  return controller.signal;
}

/** Answers in time in any case; reads of an operation that is over are abandoned. */
export function useDeadline({ queryMs, mutationMs }: DeadlineOptions): Plugin<OperationContext> {
  return {
    onExecute({ executeFn, setExecuteFn, context }) {
      setExecuteFn((args: ExecutionArgs) => {
        const work: unknown = executeFn(args);
        if (!isPromise(work)) return work;
        const operation = getOperationAST(args.document, args.operationName)?.operation;
        const timeoutMs = operation === OperationTypeNode.MUTATION ? mutationMs : queryMs;
        return inTime(work, timeoutMs, () => controllers.get(context.request)?.abort());
      });
    },
  };
}

const isPromise = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value;

interface TooSlow {
  readonly data?: undefined;
  readonly errors: readonly GraphQLError[];
}

/** What comes of work, or the refusal to wait for it any longer. */
export async function inTime<T>(
  work: PromiseLike<T>,
  timeoutMs: number,
  abandon: () => void,
): Promise<T | TooSlow> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<TooSlow>((resolve) => {
    timer = setTimeout(() => {
      abandon();
      resolve({ errors: [tooSlow(timeoutMs)] });
    }, timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function tooSlow(timeoutMs: number): GraphQLError {
  return new GraphQLError(`The operation was not answered in ${timeoutMs} ms.`, {
    extensions: { code: 'REQUEST_TIMEOUT', retryable: true, timeoutMs, http: { status: 504 } },
  });
}
