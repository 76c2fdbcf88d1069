import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { environmentNames, readConfig } from '../../src/config.ts';
import { codes } from '../../src/errors.ts';

const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
const readme = read('README.md');
const envExample = read('.env.example');

/** Cells of a Markdown table's rows whose first cell is code. */
const rows = readme
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => line.split('|').map((cell) => cell.trim()));

describe('the README tells', () => {
  it('every public code with its meaning, and no other', () => {
    const table = readme.slice(readme.indexOf('## Errors'), readme.indexOf('## Environment'));
    const told = [...table.matchAll(/^\| `([A-Z_]+)` +\| (.*?) +\|$/gm)];
    expect(Object.fromEntries(told.map(([, code, meaning]) => [code, meaning]))).toEqual(codes);
  });

  it('every variable of the environment', () => {
    const told = rows.flatMap(([, cell]) => [...(cell ?? '').matchAll(/`([A-Z][A-Z_]+)`/g)]);
    const names = new Set(told.map(([, name]) => name));
    expect(environmentNames.filter((name) => !names.has(name))).toEqual([]);
  });

  it('the two commands that do everything', () => {
    expect(readme).toContain('npm ci && npm start');
    expect(readme).toContain('npm ci && npm test');
    expect(readme).toContain('Nothing here is financial advice');
  });
});

describe('.env.example', () => {
  const example = Object.fromEntries(
    envExample
      .split('\n')
      .filter((line) => /^[A-Z]/.test(line))
      .map((line) => line.split(/=(.*)/s).slice(0, 2)),
  );

  it('names every variable of the environment', () => {
    expect(Object.keys(example).sort()).toEqual([...environmentNames].sort());
  });

  it('holds the defaults', () => {
    expect(readConfig(example)).toEqual(readConfig({}));
  });
});
