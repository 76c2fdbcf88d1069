import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';

/** Rows for a path, or a status where there is no answer to give. */
export type FakeAnswer = readonly object[] | number;

/** A gateway on an upstream that answers what a test says, for what no sandbox would do. */
export async function startOnFake(
  answer: (path: string, query: URLSearchParams, request: IncomingMessage) => FakeAnswer,
) {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://fake');
    const given = answer(pathname.replace('/v2', ''), searchParams, request);
    const status = typeof given === 'number' ? given : given.length === 0 ? 404 : 200;
    const body =
      typeof given !== 'number' && given.length > 0
        ? { success: true, message: 'Data fetched successfully', length: given.length, data: given }
        : { success: false, message: 'Data not found', length: 0, data: [] };
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const config = readConfig({
    LOG_LEVEL: 'silent',
    GRAPHIQL: 'off',
    ROWS_MEMORY_MB: '0',
    TOKENMETRICS_API_KEY: 'tm-key',
    ANONYMOUS: 'on',
    TOKENMETRICS_BASE_URL: `http://127.0.0.1:${port}/v2`,
    TOKENMETRICS_RETRIES: '0',
  });
  const app = await createApp({ config, log: createLog(config.log) });
  return {
    async ask(query: string): Promise<any> {
      const response = await app.fetch('http://gateway/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query }),
      });
      return response.json();
    },
    async close() {
      await app.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A row of `/tokens`. */
export const tokenRecord = (id: number, more: object = {}) => ({
  TOKEN_ID: id,
  TOKEN_NAME: `Token ${id}`,
  TOKEN_SYMBOL: `T${id}`,
  EXCHANGE_LIST: [],
  CATEGORY_LIST: [],
  TM_LINK: 'https://app.tokenmetrics.com/undefined',
  CONTRACT_ADDRESS: {},
  ...more,
});
