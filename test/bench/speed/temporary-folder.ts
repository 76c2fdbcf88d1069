import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder until it is removed, or until this process ends. */
export async function createTemporaryFolder() {
  const path = await mkdtemp(join(tmpdir(), 'assay-bench-'));
  const removeAtExit = () => rmSync(path, { recursive: true, force: true });
  process.once('exit', removeAtExit);
  return {
    path,
    remove: async () => {
      process.off('exit', removeAtExit);
      await rm(path, { recursive: true, force: true });
    },
  };
}
