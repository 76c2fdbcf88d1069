import { expect, onTestFinished, vi } from 'vitest';
import { createApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { createGuardedServer } from '../../src/connections.ts';
import { createLog } from '../../src/log.ts';
import { textsGivenIn } from './counted-texts.ts';
import { type Asked, noon } from './hot-gateway.ts';
import { createClient, getOf, graphqlJson, registrationOf, type Told } from './two-ways.ts';

/** A gateway that executes every request over rows in memory; its clock stands and its log is read. */
export async function startWarm(env: Readonly<Record<string, string>> = {}, startMs = noon) {
  const clock = { nowMs: startMs };
  const lines: string[] = [];
  const config = readConfig({
    ...{ GRAPHIQL: 'off', ROWS_MEMORY_MB: '64', ANSWERS_MEMORY_MB: '0', COST_CREDITS_MAX: '1000' },
    ...env,
  });
  const log = createLog({ level: 'info' }, { write: (line: string) => void lines.push(line) });
  const app = await createApp({ config, log, now: () => clock.nowMs });
  const limits = { connectionsMax: 100, connectionsPerAddressMax: 100 };
  const server = createGuardedServer(app.listener, limits);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const client = createClient(port);
  onTestFinished(async () => {
    client.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await app.close();
  });

  /** The line of a request, without what is its own. */
  const lineOf = async ({ headers }: Told) => {
    const id = `"requestId":"${String(headers['x-request-id'])}"`;
    const written = await vi.waitFor(() => {
      const found = lines.find((line) => line.includes(id));
      return found ?? expect.fail('no line yet');
    });
    const { ms: _ms, time: _time, requestId: _requestId, ...line } = JSON.parse(written);
    return line;
  };
  const sentOf = (text: string, { variables, headers }: Asked = {}) => ({
    target: getOf(text, variables),
    headers: { ...graphqlJson, ...headers },
  });
  const askLong = (text: string, asked?: Asked) => client.sendLong(sentOf(text, asked));
  const ask = async (text: string, asked?: Asked) => {
    const { result, textsGiven } = await textsGivenIn(() => client.send(sentOf(text, asked)));
    return { ...result, textsGiven };
  };
  return {
    ...{ app, port, clock, ask, askLong, lineOf },
    /** Lets a document be known, and its rows be in memory. */
    warm: async (text: string, asked: Asked = {}) => {
      const registration = registrationOf(text, asked.variables);
      await client.send({
        ...registration,
        headers: { ...registration.headers, ...asked.headers },
      });
      await askLong(text, asked);
    },
  };
}
