import { createRequestLog, type RequestIds } from './answer/request-line.ts';
import { createCallers } from './callers/callers.ts';
import { noticingSetBack } from './clock.ts';
import type { Config } from './config.ts';
import type { OperationContext } from './context.ts';
import { createRateLimit } from './directives/rate-limit.ts';
import { createManifestBook } from './documents/manifest-book.ts';
import { createDocumentStore } from './documents/store.ts';
import { createMaskError } from './errors.ts';
import { loadExamples } from './examples.ts';
import { readFiles } from './files.ts';
import { createFastPath } from './fast-path/index.ts';
import { createFrontDoor } from './front-door.ts';
import { buildSchema } from './graph/schema.ts';
import type { GatewayLog } from './log.ts';
import { createContextOf } from './operation-context.ts';
import { planDefaultsOf } from './plan-defaults.ts';
import { connectRedis } from './redis-connections.ts';
import { createRefusalCounts } from './refusal-counts.ts';
import { createRequestCounts } from './request-counts.ts';
import { UpstreamError } from './upstreams/errors.ts';
import { createUpstreams } from './upstreams/index.ts';
import { createYogaServer } from './yoga-server.ts';

export interface AppOptions {
  readonly config: Config;
  /** What is wrong with the environment: told with what is wrong with the files that it names. */
  readonly problems?: readonly string[];
  readonly log: GatewayLog;
  /** The clock, in milliseconds. */
  readonly now?: () => number;
}

export type App = Awaited<ReturnType<typeof createApp>>;

/** Builds the whole gateway. Nothing is composed elsewhere. */
export async function createApp({ config, problems = [], log, ...options }: AppOptions) {
  // By the new time, rows would be newer than they are.
  const now = noticingSetBack(options.now ?? Date.now, () => upstreams.forget());
  const planDefaults = planDefaultsOf(config);
  // Files first: all that is wrong is told before anything is opened.
  const files = await readFiles(config, planDefaults, problems);
  const examples = config.server.hasGraphiql ? await loadExamples() : [];
  const { source, ...transport } = config.tokenMetrics;
  // What not every gateway has is loaded by those that have it: it would make all of them start later.
  const sandbox =
    source.kind === 'sandbox'
      ? await (await import('./sandbox/sandbox.ts')).createSandbox({ seed: source.seed, now })
      : undefined;
  const { redis, untimedRedis, roundTrips } = await connectRedis(config, log);
  const upstreams = createUpstreams({
    tokenMetrics: {
      ...transport,
      ...(source.kind === 'api'
        ? { baseUrl: source.baseUrl, apiKey: source.apiKey.reveal() }
        : {
            baseUrl: `${sandbox?.url}/${transport.version}`,
            // Each gateway has a sandbox of its own; those of one seed say the same.
            origin: `sandbox ${source.seed} ${transport.version}`,
            apiKey: sandbox?.key ?? '',
          }),
    },
    rows: config.rows,
    redis: untimedRedis && {
      ...{ client: untimedRedis.client, rest: untimedRedis.rest },
      deadlineMs: config.rows.redisDeadlineMs,
    },
    log,
    now,
  });
  const store = createDocumentStore({
    trusted: files.trusted.documents,
    documentsMax: config.documents.apqMax,
    ttlSeconds: config.documents.apqTtlSeconds,
    ...(redis === undefined ? {} : { redis: redis.client }),
    onTampered: (hash) => log.warn({ hash }, 'a stored document does not fit its hash'),
  });
  const manifests = createManifestBook({
    ...{ files: config.documents.manifests, mode: config.documents.mode, log },
    ...{ mark: files.trusted.mark, onRead: store.replaceTrusted },
  });
  const rateLimit = createRateLimit<OperationContext>({
    redis: redis?.client,
    log,
    identify: ({ caller }) => caller.id,
    now,
  });
  const schema = rateLimit.apply(buildSchema([rateLimit.directive]));
  // A Redis that answers is used from the first request on; one that does not is not waited for.
  await Promise.all([redis?.ready, untimedRedis?.ready]);
  let isDraining = false;

  const callers = await createCallers({
    settings: config.callers,
    files: files.callers,
    defaults: planDefaults,
    isSandbox: sandbox !== undefined,
    redis: redis?.client,
    quota: {
      ...{ redis: untimedRedis?.client, rest: untimedRedis?.rest },
      deadlineMs: config.redis?.commandTimeoutMs,
    },
    log,
    now,
  });
  const readiness = () => (isDraining ? 'draining' : callers.readiness());
  const contextOf = createContextOf({ upstreams, now });
  const limits = { ...config.cost, depthMax: config.documents.depthMax };
  const maskError = createMaskError<RequestIds | undefined>((fault, err, ids) => {
    // What is known to be gone without asking is no failure worth a line.
    if (err instanceof UpstreamError && isKnownGone(err)) return;
    if (fault === 'upstream') log.warn({ ...ids, err }, 'upstream failed');
    else log.error({ ...ids, err }, 'gateway failed');
  });
  const tracing =
    config.tracing &&
    (await import('./tracing/tracing.ts')).createTracing({
      ...{ ...config.tracing, graceMs: config.server.shutdownGraceMs, log },
    });
  const counts = createRequestCounts();
  const shared = {
    // Who could not be asked for counts need not count.
    log: createRequestLog(log.lines, config.admin && counts),
    ...{ now, limits, contextOf, maskError, rateLimit, isSandbox: sandbox !== undefined, tracing },
    ...{ authenticate: callers.authenticate, quota: callers.quota },
    requestsFor: upstreams.requestsFor,
    hstsSeconds: config.server.hstsSeconds,
    deadline: config.deadline,
  };
  const fastPath = createFastPath({
    ...{ ...shared, schema, store },
    answersBytesMax: config.answers.bytesMax,
    documentsBytesMax: config.documents.bytesMax,
    onFault: (err, ids) => log.error({ ...ids, err }, 'gateway failed'),
    fetchAPI: () => yoga.fetchAPI,
  });
  const yoga = createYogaServer({
    ...shared,
    schema,
    examples,
    learning: fastPath.learning,
    ...{ readiness, tokensMax: config.documents.tokensMax },
    documents: { mode: config.documents.mode, store },
    corsOrigins: config.server.corsOrigins,
    hasGraphiql: config.server.hasGraphiql,
  });
  const refusals = createRefusalCounts();
  const frontDoor = createFrontDoor({
    onRefused: refusals.count,
    bodyBytesMax: config.server.bodyBytesMax,
    serveDirectly: fastPath.serve,
    listener: (request, response) => void yoga(request, response),
  });
  const watched = {
    ...{ tokens: config.adminTokens, upstreams, callers, log, now },
    ...{ redis: redis?.client, rest: untimedRedis?.rest },
    ...{ requests: counts, keptAnswers: fastPath.answersStatus },
    ...{ lostLines: log.lost, roundTrips, refusals, tracing, readiness },
  };
  const admin =
    config.admin && (await import('./admin/admin.ts')).createAdmin({ ...config.admin, ...watched });
  return {
    schema,
    sandbox,
    /** The gateway for tests that need no socket. */
    fetch: (url: string, init: RequestInit = {}): Promise<Response> =>
      Promise.resolve(yoga.fetch(new URL(url), init)),
    /** The gateway for a `node:http` server. */
    listener: frontDoor.listener,
    /** For who refuses in front of it. */
    onRefused: refusals.count,
    /** For connections that can do without `node:http`. */
    direct: {
      ...{ serve: fastPath.serve, isDraining: () => isDraining },
      bodyBytesMax: config.server.bodyBytesMax,
    },
    /** For another one that only operators reach, when there is to be one. */
    admin,
    /** From now on load balancers are told to look elsewhere, and connections are let go. */
    drain: () => {
      isDraining = true;
      tracing?.drain();
      frontDoor.drain();
    },
    /** Looks now whether files have changed that are followed anyway. */
    reload: async () => {
      await Promise.all([callers.reload(), manifests.reload()]);
    },
    async close() {
      manifests.close();
      await callers.close();
      await upstreams.close();
      await Promise.all([redis?.close(), untimedRedis?.close()]);
      await sandbox?.close();
      await tracing?.close();
    },
  };
}

const isKnownGone = ({ kind, status }: UpstreamError) =>
  kind === 'withdrawn' && status === undefined;
