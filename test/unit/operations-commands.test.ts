import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { book } from '../support/operations-book.ts';

/** The commands that OPERATIONS.md begins with, in a shell in which docker and kubectl tell what they are asked. */

const [withCompose = '', inCluster = '', withBoth = ''] = [
  ...book.matchAll(/^```sh\n([^]*?)^```$/gm),
].map(([, commands]) => commands);

function asked(commands: string, line: string): string {
  const told = 'docker() { printf "<%s>" "$@"; }; kubectl() { printf "<%s>" "$@"; }';
  return execFileSync('sh', ['-euc', `${told}\n${commands}\n${withBoth}\n${line}`], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] },
  });
}

const compose = '<compose><-f><deploy/compose.yaml><exec><-T>';

it.each([
  // A rollout leaves containers with other numbers than 1: then any will do.
  ['with Compose', withCompose, 'inside date -u', `${compose}<gateway><date><-u>`],
  ['one of them', withCompose, 'at=3 inside date', `${compose}<--index=3><gateway><date>`],
  ['in a cluster', inCluster, 'inside date', '<exec><deploy/assay><--><date>'],
  ['one pod', inCluster, 'at=pod/assay-x inside date', '<exec><pod/assay-x><--><date>'],
])('a command goes to a gateway: %s', (_, commands, line, expected) => {
  expect(asked(commands, line)).toBe(expected);
});

it('lines of the log are those of so long ago', () => {
  expect(asked(withCompose, 'logs 25h')).toMatch(/<logs><--no-log-prefix><--since><25h><gateway>$/);
  expect(asked(inCluster, 'logs')).toMatch(/<--since><15m><--tail><-1>/);
});
