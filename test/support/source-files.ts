import { readdirSync } from 'node:fs';
import { pathOf, readText } from './deploy-files.ts';

/** Every file of `src`, as text. */
export const sourceTexts: readonly string[] = readdirSync(pathOf('src'), {
  recursive: true,
  encoding: 'utf8',
})
  .filter((file) => file.endsWith('.ts'))
  .map((file) => readText(`src/${file}`));
