import { createApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';

export interface GatewayOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly now?: () => number;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly data: any;
  readonly errors: readonly any[] | undefined;
  readonly extensions: any;
}

export type Gateway = Awaited<ReturnType<typeof startGateway>>;

/** A whole gateway on its own sandbox, without a socket in front of it. */
export async function startGateway({ env = {}, now }: GatewayOptions = {}) {
  const config = readConfig({
    LOG_LEVEL: 'silent',
    GRAPHIQL: 'off',
    // Every operation is its own cold start, unless a test is about what is kept.
    ROWS_MEMORY_MB: '0',
    ...env,
  });
  const app = await createApp({ config, log: createLog(config.log), ...(now ? { now } : {}) });
  const sandbox: Sandbox = app.sandbox ?? missing();

  return {
    app,
    sandbox,
    close: () => app.close(),
    /** One POST as a client sends it. */
    async ask(
      query: string,
      variables: Readonly<Record<string, unknown>> = {},
      more: { readonly headers?: Record<string, string>; readonly body?: object } = {},
    ): Promise<Answer> {
      const response = await app.fetch('http://gateway/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...more.headers },
        body: JSON.stringify({ query, variables, ...more.body }),
      });
      const { data, errors, extensions } = await response.json();
      return { status: response.status, headers: response.headers, data, errors, extensions };
    },
    /** Paths of the upstream requests that `work` caused, sorted. */
    async upstreamRequests(work: () => Promise<unknown>): Promise<string[]> {
      sandbox.clearRequests();
      await work();
      return sandbox.requests.map(({ path }) => path.replace(/^\/v2/, '')).sort();
    },
  };
}

function missing(): never {
  throw new Error('expected the gateway to run on its sandbox');
}

/** The opaque id of a token. */
export function tokenId(tokenMetricsId: number): string {
  return Buffer.from(`Token:${tokenMetricsId}`).toString('base64url');
}
