import { type DocumentNode, type ExecutionArgs, getOperationAST } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { beginExecution, endExecution, tellOperation } from '../answer/spans.ts';
import type { OperationContext } from '../context.ts';
import type { Trace, Tracing } from '../tracing/trace.ts';

const traces = new WeakMap<Request, Trace>();

/** The trace of a request, where it is known to be part of one. */
export const traceOf = (request: Request): Trace | undefined => traces.get(request);

/** Records requests for the endpoint that are to be, with what is done before they are executed. */
export function useTracing({ begin }: Pick<Tracing, 'begin'>): Plugin {
  return {
    onRequest({ request, url }) {
      if (url.pathname !== '/graphql') return;
      const { method, headers } = request;
      const traceparent = headers.get('traceparent') ?? undefined;
      // By itself it says nothing.
      const tracestate = traceparent && (headers.get('tracestate') ?? undefined);
      const trace = begin({ method, traceparent, tracestate, startedAt: performance.now() });
      if (trace !== undefined) traces.set(request, trace);
    },
    onParse({ context }) {
      const request = traceOf(context.request)?.span;
      const span = request?.child('parse');
      if (request === undefined || span === undefined) return;
      return ({ result }: { readonly result: DocumentNode | Error | null }) => {
        if (result instanceof Error) span.fail(result);
        else if (result !== null) {
          const operation = getOperationAST(result, context.params.operationName);
          if (operation) tellOperation(request, operation);
        }
        span.end();
      };
    },
    onValidate({ context }) {
      const span = traceOf(context.request)?.span?.child('validate');
      if (span === undefined) return;
      return ({ result }) => {
        if (result[0] !== undefined) span.fail(result[0]);
        span.end();
      };
    },
    onResultProcess({ request, result }) {
      if (Array.isArray(result) || Symbol.asyncIterator in result) return;
      const error = result.errors?.[0];
      if (error !== undefined) traceOf(request)?.span?.fail(error);
    },
  };
}

/** Records execution, with all that is read for it. */
export function useExecutionTracing(): Plugin<OperationContext> {
  return {
    onExecute({ context, executeFn, setExecuteFn }) {
      const { step, usage } = context;
      if (step === undefined) return;
      const execute: (args: ExecutionArgs) => Result | Promise<Result> = executeFn;
      setExecuteFn((args: ExecutionArgs): unknown => {
        beginExecution(step);
        const finish = (result: Result) => {
          endExecution(step, usage, result.errors?.[0]);
          return result;
        };
        const work = execute(args);
        return work instanceof Promise ? work.then(finish) : finish(work);
      });
    },
  };
}

interface Result {
  readonly errors?: readonly Error[];
}
