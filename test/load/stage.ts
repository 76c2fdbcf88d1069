import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTemporaryFolder } from '../bench/speed/temporary-folder.ts';
import { createSandbox } from '../../src/sandbox/sandbox.ts';
import { bundleGateway } from './bundle.ts';
import { createWorld } from './world.ts';

const tokensCount = 400;
const listenersMax = 100;

export type Stage = Awaited<ReturnType<typeof openStage>>;

/** All that a load needs but gateways: an upstream, callers, documents and a program to start. */
export async function openStage() {
  // Each process and folder listens for the end of this process, to end with it.
  process.setMaxListeners(listenersMax);
  const { path, remove } = await createTemporaryFolder();
  const sandbox = await createSandbox({ tokens: tokensCount });
  const write = async (name: string, text: string) => {
    await writeFile(join(path, name), text, { mode: 0o600 });
    return join(path, name);
  };
  const [bundle, { world, env }] = await Promise.all([
    bundleGateway(),
    createWorld(sandbox, write),
  ]);
  return {
    ...{ bundle, world, env },
    /** Requests that the upstream has answered so far. */
    upstreamCalls: () => sandbox.creditsOf(sandbox.key),
    /** From now on each answer of the upstream takes so long. */
    slowDown: (latencyMs: number) => sandbox.faults.set({ latencyMs }),
    async close(): Promise<void> {
      await sandbox.close();
      await bundle.remove();
      await remove();
    },
  };
}
