import { createYoga } from 'graphql-yoga';
import { createAdmin } from './admin/admin.ts';
import { createCallers } from './callers/callers.ts';
import { type Config, ConfigError } from './config.ts';
import type { GraphContext, OperationContext } from './context.ts';
import { createRateLimit } from './directives/rate-limit.ts';
import { readManifests } from './documents/manifest-files.ts';
import { createDocumentStore } from './documents/store.ts';
import { createMaskError } from './errors.ts';
import { loadExamples } from './examples.ts';
import { createFrontDoor } from './front-door.ts';
import { buildSchema } from './graph/schema.ts';
import { allScopes } from './graph/scopes.ts';
import { hoursPerPage } from './graph/series.ts';
import type { Log } from './log.ts';
import { createContextOf } from './operation-context.ts';
import { createCors } from './plugins/cors.ts';
import { plugins } from './plugins/index.ts';
import { quotaHeaders } from './plugins/quota.ts';
import { createRedis } from './redis.ts';
import type { ServerContext } from './server-context.ts';
import { createSandbox } from './sandbox/sandbox.ts';
import { UpstreamError } from './upstreams/errors.ts';
import { createUpstreams } from './upstreams/index.ts';

export interface AppOptions {
  readonly config: Config;
  readonly log: Log;
  /** The clock, in milliseconds. */
  readonly now?: () => number;
}

export type App = Awaited<ReturnType<typeof createApp>>;

/** Builds the whole gateway. Nothing is composed elsewhere. */
export async function createApp({ config, log, now = Date.now }: AppOptions) {
  // Files first: what is wrong with them is told before anything is opened.
  const trusted = await readManifests(config.documents.manifests);
  if (config.documents.mode === 'trusted' && trusted.size === 0) {
    throw new ConfigError([
      'DOCUMENTS_MANIFESTS: hold no document, so DOCUMENTS=trusted allows none',
    ]);
  }
  const examples = config.server.hasGraphiql ? await loadExamples() : [];
  const { source, ...transport } = config.tokenMetrics;
  const sandbox =
    source.kind === 'sandbox' ? await createSandbox({ seed: source.seed, now }) : undefined;
  const redis =
    config.redis &&
    createRedis(config.redis.url, { commandTimeoutMs: config.redis.commandTimeoutMs, log });
  // Rows and budgets wait for Redis by their own deadlines, so their connection has none.
  const rowsRedis = config.redis && createRedis(config.redis.url, { log });
  const upstreams = createUpstreams({
    tokenMetrics: {
      ...transport,
      ...(source.kind === 'api'
        ? { baseUrl: source.baseUrl, apiKey: source.apiKey }
        : {
            baseUrl: `${sandbox?.url}/${transport.version}`,
            // Each gateway has a sandbox of its own; those of one seed say the same.
            origin: `sandbox ${source.seed} ${transport.version}`,
            apiKey: sandbox?.key ?? '',
          }),
    },
    rows: config.rows,
    redis: rowsRedis && { client: rowsRedis.client, deadlineMs: config.rows.redisDeadlineMs },
    log,
    now,
  });
  const store = createDocumentStore({
    trusted,
    documentsMax: config.documents.apqMax,
    ttlSeconds: config.documents.apqTtlSeconds,
    ...(redis === undefined ? {} : { redis: redis.client }),
    onTampered: (hash) => log.warn({ hash }, 'a stored document does not fit its hash'),
  });
  const rateLimit = createRateLimit<GraphContext>({
    redis: redis?.client,
    log,
    identify: ({ caller }) => caller.id,
    now,
  });
  const schema = rateLimit.apply(buildSchema([rateLimit.directive]));
  // A Redis that answers is used from the first request on; one that does not is not waited for.
  await Promise.all([redis?.ready, rowsRedis?.ready]);
  let isReady = true;

  const callers = await createCallers({
    settings: config.callers,
    defaults: {
      ...{ requestsPerMinute: undefined, pointsPerMinute: undefined, creditsPerMonth: undefined },
      operation: { ...config.cost, depthMax: config.documents.depthMax },
      pageSizeMax: hoursPerPage.max,
      historyDaysMax: undefined,
      documents: config.documents.mode,
      introspection: config.server.hasIntrospection,
      scopes: allScopes,
      priority: 'normal',
    },
    isSandbox: sandbox !== undefined,
    redis: redis?.client,
    log,
    now,
  });
  const contextOf = createContextOf({ upstreams, now });
  const { corsOrigins } = config.server;
  const yoga = createYoga<ServerContext, OperationContext>({
    schema,
    context: contextOf,
    plugins: plugins({
      log,
      now,
      isReady: () => isReady,
      isSandbox: sandbox !== undefined,
      documents: { mode: config.documents.mode, store },
      tokensMax: config.documents.tokensMax,
      deadline: config.deadline,
      hstsSeconds: config.server.hstsSeconds,
      callers,
      limits: { ...config.cost, depthMax: config.documents.depthMax },
      requestsFor: upstreams.requestsFor,
    }),
    maskedErrors: {
      maskError: createMaskError((fault, error) => {
        // What is known to be gone without asking is no failure worth a line.
        if (error instanceof UpstreamError && isKnownGone(error)) return;
        if (fault === 'upstream') log.warn({ err: error }, 'upstream failed');
        else log.error({ err: error }, 'gateway failed');
      }),
    },
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
    graphiql: config.server.hasGraphiql && {
      title: 'Assay',
      defaultTabs: examples.map(({ text }) => ({ query: text })),
      // Every variable has a default: an empty pane would only hide the operation.
      defaultEditorToolsVisibility: false,
    },
    // Nine megabytes, so only for whoever opens the page.
    renderGraphiQL: async (options) => {
      const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
      return renderGraphiQL(options);
    },
  });

  const frontDoor = createFrontDoor({
    bodyBytesMax: config.server.bodyBytesMax,
    listener: (request, response) => void yoga(request, response),
  });
  return {
    schema,
    sandbox,
    /** The gateway for tests that need no socket. */
    fetch: (url: string, init: RequestInit = {}): Promise<Response> =>
      Promise.resolve(yoga.fetch(new URL(url), init)),
    /** The gateway for a `node:http` server. */
    listener: frontDoor.listener,
    /** For another one that only operators reach, when there is to be one. */
    admin: config.admin && createAdmin({ host: config.admin.host, upstreams, log, now }),
    /** From now on load balancers are told to look elsewhere, and connections are let go. */
    drain: () => {
      isReady = false;
      frontDoor.drain();
    },
    async close() {
      await callers.close();
      await upstreams.close();
      await Promise.all([redis?.close(), rowsRedis?.close()]);
      await sandbox?.close();
    },
  };
}

const isKnownGone = ({ kind, status }: UpstreamError) =>
  kind === 'withdrawn' && status === undefined;
