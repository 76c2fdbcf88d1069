import { createServer } from 'node:http';
import process from 'node:process';
import { createYoga } from 'graphql-yoga';
import { pino } from 'pino';
import { readConfig } from '../../../../dist/config.js';
import { createRateLimit } from '../../../../dist/directives/rate-limit.js';
import { readManifests } from '../../../../dist/documents/manifest-files.js';
import { buildSchema } from '../../../../dist/graph/schema.js';
import { allScopes } from '../../../../dist/graph/scopes.js';
import { createSandbox } from '../../../../dist/sandbox/sandbox.js';
import { createUpstreams } from '../../../../dist/upstreams/index.js';

/**
 * The gateway without its guards: the same schema, resolvers, loaders and rows behind a Yoga that knows
 * the documents of the manifests, and nobody who asks who it is, what it costs or how often.
 */
const config = readConfig();
const now = Date.now;
const log = pino({ level: 'silent' });
const sandbox = await createSandbox({ now });
const upstreams = createUpstreams({
  tokenMetrics: { ...config.tokenMetrics, baseUrl: `${sandbox.url}/v2`, apiKey: sandbox.key },
  rows: config.rows,
  redis: undefined,
  log,
  now,
});
const trusted = await readManifests(config.documents.manifests);
const { directive } = createRateLimit({ log, identify: () => 'bench' });
const caller = {
  id: 'bench',
  plan: { name: 'bench', priority: 'normal', pageSizeMax: 100 },
  scopes: new Set(allScopes),
};

const yoga = createYoga({
  // The directive is defined and not applied.
  schema: buildSchema([directive]),
  plugins: [
    {
      onParams({ params, setParams }) {
        const { documentId, ...others } = params;
        const document = trusted.get(documentId);
        if (document !== undefined) setParams({ ...others, query: document.body });
      },
    },
  ],
  context: ({ request }) => {
    const { loaders, sources, close } = upstreams.open({
      signal: request.signal,
      maxStaleMs: () => Infinity,
      spender: { caller: caller.id, priority: 'normal', operation: () => 'BenchList' },
      estimate: () => 100,
    });
    return {
      ...{ requestId: 'bench', caller, loaders, usage: { sources }, quota: {}, settle: close },
      ...{ nowMs: now(), maxStale: { seconds: Infinity } },
    };
  },
  maxRequestBodySize: false,
  batching: false,
  multipart: false,
  landingPage: false,
  logging: false,
  graphiql: false,
  cors: false,
});

createServer((request, response) => void yoga(request, response)).listen(
  config.server.port,
  config.server.host,
);
process.on('SIGTERM', () => process.exit());
