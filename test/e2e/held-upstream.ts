import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An upstream that answers when it is told to, so that a request can be caught in flight. */
export async function startHeldUpstream() {
  const waiting: ServerResponse[] = [];
  const server = createServer((_request, response) => {
    waiting.push(response);
    server.emit('asked');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    env: {
      ANONYMOUS: 'on',
      TOKENMETRICS_API_KEY: 'a-key',
      TOKENMETRICS_BASE_URL: `http://127.0.0.1:${port}/v2`,
    },
    /** The next request that was not taken yet. */
    async taken(): Promise<ServerResponse> {
      if (waiting.length === 0) await once(server, 'asked');
      const [response] = waiting.splice(0, 1);
      if (response === undefined) throw new Error('expected a request');
      return response;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** What the upstream says of Bitcoin. */
export const bitcoin = JSON.stringify({
  success: true,
  message: 'Data fetched successfully',
  length: 1,
  data: [{ TOKEN_ID: 3375, TOKEN_NAME: 'Bitcoin', TOKEN_SYMBOL: 'BTC' }],
});
