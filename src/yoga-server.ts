import { createYoga } from 'graphql-yoga';
import { callerOf } from './callers/caller.ts';
import type { OperationContext } from './context.ts';
import { documentOf } from './documents/request-document.ts';
import type { OperationAsked } from './operation-context.ts';
import { createCors } from './plugins/cors.ts';
import { workSignalOf } from './plugins/deadline.ts';
import { plugins, type PluginsOptions } from './plugins/index.ts';
import { quotaHeaders } from './plugins/quota.ts';
import type { RequestIds } from './answer/request-line.ts';
import { idsOfError, requestIdOf } from './plugins/request-log.ts';
import { traceOf } from './plugins/tracing.ts';
import type { ServerContext } from './server-context.ts';
import type { GraphQLSchema } from 'graphql';

export interface YogaServerOptions extends PluginsOptions {
  readonly schema: GraphQLSchema;
  readonly contextOf: (asked: OperationAsked) => OperationContext;
  readonly maskError: (error: unknown, ids: RequestIds | undefined) => Error;
  readonly corsOrigins: readonly string[];
  readonly hasGraphiql: boolean;
  /** What GraphiQL shows at first. */
  readonly examples: readonly { readonly text: string }[];
}

/** The long way of a request, on which everything is looked at and everything wrong is said. */
export function createYogaServer(options: YogaServerOptions) {
  const { schema, contextOf, maskError, corsOrigins, hasGraphiql, examples } = options;
  return createYoga<ServerContext, OperationContext>({
    schema,
    context: ({ request }) => {
      const caller = callerOf(request);
      if (caller === undefined) throw new Error('a request came past authentication');
      const signal = workSignalOf(request);
      const context = contextOf({
        ...{ caller, requestId: requestIdOf(request), signal: () => signal },
        documentName: () => documentOf(request)?.name,
        trace: traceOf(request),
      });
      // Who has left is not answered, but what was reserved goes back all the same.
      request.signal.addEventListener('abort', context.settle, { once: true });
      return context;
    },
    plugins: plugins(options),
    maskedErrors: { maskError: (error) => maskError(error, idsOfError(error)) },
    cors: createCors(corsOrigins, {
      methods: ['GET', 'POST', 'OPTIONS'],
      exposedHeaders: [...['Retry-After', 'X-Request-Id', 'ETag', 'Age'], ...quotaHeaders],
      maxAge: 86_400,
    }),
    // Parser errors are not cached: Yoga would throw them past the plugins that give them codes.
    parserAndValidationCache: { errorCache: { get: () => undefined, set: () => undefined } },
    // Bodies are bounded by the front door: Yoga's own guard wraps every stream.
    maxRequestBodySize: false,
    batching: false,
    multipart: false,
    landingPage: false,
    logging: false,
    graphiql: hasGraphiql && {
      title: 'Assay',
      defaultTabs: examples.map(({ text }) => ({ query: text })),
      // Every variable has a default: an empty pane would only hide the operation.
      defaultEditorToolsVisibility: false,
    },
    // Nine megabytes, so only for whoever opens the page.
    renderGraphiQL: async (graphiql) => {
      const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
      return renderGraphiQL(graphiql);
    },
  });
}
