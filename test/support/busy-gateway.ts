import { onTestFinished } from 'vitest';
import { type RealGateway, startRealGateway } from '../abuse/real-gateway.ts';
import { tokenId } from './gateway.ts';
import { createClient, getOf, graphqlJson, json, type Sent } from './two-ways.ts';

const nowMs = Date.parse('2026-11-20T12:00:00Z');
export const tokens = [3375, 3306, 3369, 3988, 20_613, 2037, 28_902] as const;
/** Asks for one token. */
export const one =
  'query One($id: ID!) { node(id: $id) { id ... on Token { symbol price { usd } } } }';

/** A gateway with a client and an operators' listener, on a clock that stands. */
export async function startBusy(env: Readonly<Record<string, string>> = {}) {
  const gateway = await startRealGateway({
    env: { ROWS_MEMORY_MB: '64', ADMIN_PORT: '0', ...env },
    now: () => nowMs,
  });
  const client = createClient(gateway.port);
  onTestFinished(async () => {
    client.close();
    await gateway.close();
  });
  return { gateway, client };
}

/** Tokens that exist, and of which nothing has been read yet. */
export async function otherIds(gateway: RealGateway): Promise<readonly string[]> {
  const { data } = await gateway.ask('{ topTokens(first: 50) { nodes { id } } }');
  const ids: string[] = data.topTokens.nodes.map(({ id }: { readonly id: string }) => id);
  return ids.filter((id) => !tokens.some((token) => tokenId(token) === id));
}

export const idAt = (index: number) => tokenId(tokens[index % tokens.length] ?? 0);
export const hotly = (id: string): Sent => ({ target: getOf(one, { id }), headers: graphqlJson });
export const freely = (id: string): Sent => ({
  method: 'POST',
  headers: json,
  body: JSON.stringify({ query: one, variables: { id } }),
});

/** Requests as they go over the wire. */
export function wire({
  method = 'GET',
  target = '/graphql',
  headers = {},
  body = '',
}: Sent): string {
  const all = {
    host: 'localhost',
    ...headers,
    ...(body === '' ? {} : { 'content-length': Buffer.byteLength(body) }),
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n${body.toString()}`;
}
