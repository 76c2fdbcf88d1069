import { randomInt } from 'node:crypto';
import { Pool } from 'undici';
import { createApp } from '../../src/app.ts';
import { createLog } from '../../src/log.ts';
import { readConfig } from '../../src/config.ts';
import { createDataSet } from '../../src/sandbox/data/data-set.ts';
import { createSandbox, type Sandbox, type SandboxOptions } from '../../src/sandbox/sandbox.ts';
import { spawnGateway } from '../e2e/gateway-process.ts';

/** The parts of a scenario: an upstream with the manners of a real one, and gateways on it. */

export interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly data: any;
  readonly errors: readonly any[] | undefined;
  readonly extensions: any;
  readonly ms: number;
}

export interface Query {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
}

export interface Gateway {
  ask(query: Query): Promise<Answer>;
  close(): Promise<unknown>;
}

export type Env = Readonly<Record<string, string>>;

const portsTried = 20;

/** Below the ephemeral ports: while it is closed no outgoing connection takes it. */
export const quietPort = () => randomInt(20_000, 32_000);

/** An upstream that takes so long to answer; its port can be closed and opened again. */
export async function startUpstream({
  latencyMs = 0,
  ...options
}: SandboxOptions & { readonly latencyMs?: number } = {}): Promise<Sandbox> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const sandbox = await createSandbox({ port: quietPort(), ...options });
      if (latencyMs > 0) sandbox.faults.set({ latencyMs });
      return sandbox;
    } catch (error) {
      if (attempt === portsTried) throw error;
    }
  }
}

const envOf = ({ url, key }: Pick<Sandbox, 'url' | 'key'>, env: Env): Env => ({
  GRAPHIQL: 'off',
  TOKENMETRICS_BASE_URL: `${url}/v2`,
  ANONYMOUS: 'on',
  TOKENMETRICS_API_KEY: key,
  ...env,
});

/** What a gateway logs from the level of a warning on. */
export type LogLine = Readonly<Record<string, unknown>>;

/** A gateway in this process, without a socket in front of it. */
export async function startGateway(
  upstream: Pick<Sandbox, 'url' | 'key'>,
  { env = {}, now }: { readonly env?: Env; readonly now?: () => number } = {},
) {
  const lines: LogLine[] = [];
  const log = createLog(
    { level: 'warn' },
    { write: (text: string) => void lines.push(JSON.parse(text)) },
  );
  const config = readConfig(envOf(upstream, env));
  const app = await createApp({ config, log, ...(now ? { now } : {}) });
  const ask = async ({ query, variables = {} }: Query): Promise<Answer> => {
    const startedAt = performance.now();
    const response = await app.fetch('http://gateway/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors, extensions } = await response.json();
    return {
      status: response.status,
      retryAfter: response.headers.get('retry-after') ?? undefined,
      ...{ data, errors, extensions },
      ms: performance.now() - startedAt,
    };
  };
  return { ask, lines, close: () => app.close() };
}

/** A gateway as an operator starts it, and a client of it with so many connections. */
export async function startGatewayProcess(
  upstream: Pick<Sandbox, 'url' | 'key'>,
  { env = {}, connections }: { readonly env?: Env; readonly connections: number },
) {
  const child = spawnGateway(envOf(upstream, env));
  const pool = new Pool(await child.origin(), { connections });
  return {
    /** Its log so far. */
    logged: () => child.stdout,
    ask: async ({ query, variables = {} }: Query): Promise<Answer> => {
      const startedAt = performance.now();
      const { statusCode, headers, body } = await pool.request({
        path: '/graphql',
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables }),
      });
      const answer: any = await body.json();
      const { 'retry-after': retryAfter } = headers;
      return {
        status: statusCode,
        retryAfter: typeof retryAfter === 'string' ? retryAfter : undefined,
        ...{ data: answer.data, errors: answer.errors, extensions: answer.extensions },
        ms: performance.now() - startedAt,
      };
    },
    close: async () => {
      await pool.close();
      await child.kill();
    },
  };
}

/** Runs `work` with what was started, and ends all of it whatever happens. */
export async function within<T>(
  work: (keep: <Part extends Gateway | Closed>(part: Part) => Part) => Promise<T>,
): Promise<T> {
  const parts: Closed[] = [];
  try {
    return await work((part) => {
      parts.push(part);
      return part;
    });
  } finally {
    for (const part of parts.reverse()) await part.close();
  }
}

interface Closed {
  close(): Promise<unknown>;
}

/** The numbers of the first so many tokens, greatest first. */
export const tokenIds = (count: number) =>
  createDataSet('assay', count)
    .tokens.slice(0, count)
    .map(({ id }) => id);

const fields = `name price { usd stale } tmGrade { grade stale }
  traderGrade { grade stale } tradingSignal { signal stale }`;

/** Five fields of a token, of which each is another endpoint. */
export const fiveFields = (tokenMetricsId: number): Query => ({
  query: `query FiveFields($id: Int!) { token(by: { tokenMetricsId: $id }) { ${fields} } }`,
  variables: { id: tokenMetricsId },
});

/** The same of several tokens at once. */
export const fiveFieldsOf = (ids: readonly number[]): Query => ({
  query: `{ ${ids.map((id) => `t${id}: token(by: { tokenMetricsId: ${id} }) { ${fields} }`).join(' ')} }`,
});

/** One endpoint only. */
export const nameOf = (tokenMetricsId: number): Query => ({
  query: `query Name($id: Int!) { token(by: { tokenMetricsId: $id }) { name } }`,
  variables: { id: tokenMetricsId },
});

export const isWhole = ({ status, errors, data }: Answer) =>
  status === 200 &&
  errors === undefined &&
  Object.values(data).every((token: any) => token?.price != null && token.tradingSignal != null);
