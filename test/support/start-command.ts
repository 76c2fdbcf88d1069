import { readFileSync } from 'node:fs';

/** What Node is told before the file by `npm start`, and by the image. */
export const startOptions: readonly string[] = optionsOf(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
);

function optionsOf(manifest: string): string[] {
  const start: string = JSON.parse(manifest).scripts.start;
  const [program, ...args] = start.split(' ');
  if (program !== 'node' || args.at(-1) !== 'dist/main.js') {
    throw new Error(`expected "node … dist/main.js", got "${start}"`);
  }
  return args.slice(0, -1);
}
