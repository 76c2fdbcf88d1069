import { Buffer } from 'node:buffer';
import { createServer } from 'node:http';
import process from 'node:process';
import { getOperationAST, getVariableValues, parse } from 'graphql';
import { pino } from 'pino';
import { readConfig } from '../../../../dist/config.js';
import { createRateLimit } from '../../../../dist/directives/rate-limit.js';
import { readManifests } from '../../../../dist/documents/manifest-files.js';
import { compileOperation } from '../../../../dist/execution/compile.js';
import { buildSchema } from '../../../../dist/graph/schema.js';
import { allScopes } from '../../../../dist/graph/scopes.js';
import { createSandbox } from '../../../../dist/sandbox/sandbox.js';
import { createUpstreams } from '../../../../dist/upstreams/index.js';

/**
 * The gateway without its guards: the same schema, resolvers, loaders, rows and executor behind
 * `node:http`, for the documents of the manifests; nobody asks who it is, what it costs or how often.
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

// The directive is defined and not applied.
const schema = buildSchema([directive]);

/** The documents of the manifests, compiled as the gateway compiles them. */
const known = new Map(
  [...trusted].map(([id, { body }]) => {
    const document = parse(body);
    const operation = getOperationAST(document);
    return [id, { operation, compiled: compileOperation({ schema, document, operation }) }];
  }),
);

const left = new globalThis.AbortController();

async function answer(text) {
  const { documentId, variables } = JSON.parse(text);
  const { operation, compiled } = known.get(documentId);
  const { coerced } = getVariableValues(schema, operation.variableDefinitions, variables);
  const { loaders, sources, close } = upstreams.open({
    signal: () => left.signal,
    maxStaleMs: () => Infinity,
    spender: { caller: caller.id, priority: 'normal', operation: () => 'BenchList' },
    estimate: () => 100,
  });
  const context = {
    ...{ requestId: 'bench', caller, loaders, usage: { sources }, quota: {}, settle: close },
    ...{ nowMs: now(), maxStale: { seconds: Infinity } },
  };
  const { data, errors } = await compiled.run({ context, variables: coerced });
  close();
  return errors.length === 0 ? `{"data":${data}}` : JSON.stringify({ errors });
}

createServer((request, response) => {
  if (request.method !== 'POST') return void response.writeHead(404).end();
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    void answer(Buffer.concat(chunks).toString()).then((body) => {
      const length = String(Buffer.byteLength(body));
      response.writeHead(200, ['content-type', 'application/json', 'content-length', length]);
      response.end(body);
    });
  });
}).listen(config.server.port, config.server.host);
process.on('SIGTERM', () => process.exit());
