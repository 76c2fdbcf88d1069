import { onTestFinished } from 'vitest';
import { startGateway } from './gateway.ts';
import { noon } from './hot-gateway.ts';
import { createClient, getOf, graphqlJson, registrationOf } from './two-ways.ts';
import { startWatched } from './watched-server.ts';

/** A gateway with direct connections, and a client of it; both ways know the document. */
export async function startDirect(
  text: string,
  variables: object,
  env: Readonly<Record<string, string>> = {},
) {
  const gateway = await startGateway({
    env: { ROWS_MEMORY_MB: '64', ADMIN_PORT: '0', TOKENMETRICS_RETRIES: '0', ...env },
    now: () => noon,
  });
  const watched = await startWatched({ app: gateway.app, isDirect: true });
  const client = createClient(watched.port);
  onTestFinished(async () => {
    client.close();
    await watched.close();
    await gateway.close();
  });
  await client.send(registrationOf(text, variables));
  await client.sendLong({ target: getOf(text, variables), headers: graphqlJson });
  return { gateway, watched, client };
}
