import { createServer } from 'node:http';
import process from 'node:process';
import { getOperationAST, getVariableValues, parse } from 'graphql';
import { pino } from 'pino';
import { readConfig } from '../../../../dist/config.js';
import { textBody } from '../../../../dist/direct/body.js';
import { connectDirectly } from '../../../../dist/direct/connections.js';
import { createRateLimit } from '../../../../dist/directives/rate-limit.js';
import { lookAtManifests, trustedIn } from '../../../../dist/documents/manifest-files.js';
import { compileOperation } from '../../../../dist/execution/compile.js';
import { createKeptTexts } from '../../../../dist/fast-path/kept-texts.js';
import { buildSchema } from '../../../../dist/graph/schema.js';
import { allScopes } from '../../../../dist/graph/scopes.js';
import { createSandbox } from '../../../../dist/sandbox/sandbox.js';
import { createUpstreams } from '../../../../dist/upstreams/index.js';

/**
 * The gateway without its guards: the same schema, resolvers, loaders, rows, executor and direct
 * connections, for the documents of the manifests; nobody asks who it is, what it costs or how often.
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
const trusted = trustedIn(await lookAtManifests(config.documents.manifests, String), 'trusted');
const { directive } = createRateLimit({ log, identify: () => 'bench' });
const caller = {
  id: 'bench',
  plan: { name: 'bench', priority: 'normal', pageSizeMax: 100 },
  scopes: new Set(allScopes),
};

// The directive is defined and not applied.
const schema = buildSchema([directive]);

const keeper = createKeptTexts();

/** The documents of the manifests, compiled as the gateway compiles them. */
const known = new Map(
  [...trusted].map(([id, { body }]) => {
    const document = parse(body);
    const operation = getOperationAST(document);
    return [id, { operation, compiled: compileOperation({ schema, document, operation, keeper }) }];
  }),
);

const left = new globalThis.AbortController();

function answer(text, done) {
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
  const finish = ({ data, errors }) => {
    close();
    done(errors.length === 0 ? `{"data":${data}}` : JSON.stringify({ errors }));
  };
  const executed = compiled.run({ context, variables: coerced });
  if (executed instanceof Promise) void executed.then(finish);
  else finish(executed);
}

const server = createServer((_request, response) => response.writeHead(404).end());
connectDirectly(server, {
  serve: (request, response, readBody, pass) => {
    if (request.method !== 'POST') return pass();
    readBody((body) =>
      answer(body.toString(), (text) => {
        const body = textBody(text);
        const lines = `content-type: application/json\r\ncontent-length: ${body.length}\r\n`;
        response.answer(200, lines, body);
      }),
    );
  },
  isDraining: () => false,
  ...{ headBytesMax: 8192, headersMax: 100, bodyBytesMax: config.server.bodyBytesMax },
  ...{ firstMs: 10_000, keepAliveMs: 65_000 },
});
server.listen(config.server.port, config.server.host);
process.on('SIGTERM', () => process.exit());
