import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import config from '../../rolldown.config.ts';
import { root } from '../bench/speed/machine.ts';
import { createTemporaryFolder } from '../bench/speed/temporary-folder.ts';

export interface Bundle {
  /** The program, to be run by Node. */
  readonly main: string;
  readonly remove: () => Promise<void>;
}

/** The gateway as `npm run build` puts it together, of the source as it is, in a folder of its own. */
export async function bundleGateway(): Promise<Bundle> {
  const { path, remove } = await createTemporaryFolder();
  for (const name of ['src', 'schema', 'node_modules', 'package.json']) {
    await symlink(join(root, name), join(path, name));
  }
  const bundle = await rolldown({ ...config, cwd: path, resolve: { symlinks: false } });
  await bundle.write([config.output ?? []].flat()[0]);
  await bundle.close();
  return { main: join(path, 'dist/main.js'), remove };
}
