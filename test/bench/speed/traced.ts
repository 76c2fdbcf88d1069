import { type ChildServer, startChildServer } from './child-server.ts';
import { startGateway } from './gateway.ts';

/** A gateway that records one request of a hundred, for a collector on the core of the load. */
export async function startTraced(env: Readonly<Record<string, string>>): Promise<ChildServer> {
  const collector = await startChildServer({
    command: [process.execPath, 'test/bench/speed/servers/collector.mjs'],
    core: 'load',
  });
  try {
    const gateway = await startGateway({
      env: { ...env, OTEL_EXPORTER_OTLP_ENDPOINT: collector.origin },
    });
    return {
      ...gateway,
      close: async () => {
        await gateway.close();
        await collector.close();
      },
    };
  } catch (error) {
    await collector.close();
    throw error;
  }
}
