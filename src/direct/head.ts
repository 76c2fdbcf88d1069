import { STATUS_CODES } from 'node:http';

/** Lines of a head, each with its end: names and values that are known to be good. */
export type HeaderLines = string;

export const headerLine = (name: string, value: string): HeaderLines => `${name}: ${value}\r\n`;

/** Lines of names and values in turn. */
export function headerLines(namesAndValues: readonly string[]): HeaderLines {
  let lines = '';
  for (let at = 0; at + 1 < namesAndValues.length; at += 2) {
    lines += headerLine(namesAndValues[at] ?? '', namesAndValues[at + 1] ?? '');
  }
  return lines;
}

/** A whole head: these lines, and what `node:http` says of itself; 0 closes the connection. */
export function headOf(status: number, lines: HeaderLines, keepAliveMs: number): string {
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines}${dateLine()}${connectionLines(keepAliveMs)}\r\n`;
}

let dated = { second: -1, line: '' };

function dateLine(): HeaderLines {
  const now = Date.now();
  const second = Math.floor(now / 1000);
  if (second !== dated.second) {
    dated = { second, line: headerLine('Date', new Date(now).toUTCString()) };
  }
  return dated.line;
}

let kept = { ms: -1, lines: '' };

function connectionLines(keepAliveMs: number): HeaderLines {
  if (keepAliveMs === 0) return 'Connection: close\r\n';
  if (keepAliveMs !== kept.ms) {
    const timeout = headerLine('Keep-Alive', `timeout=${Math.floor(keepAliveMs / 1000)}`);
    kept = { ms: keepAliveMs, lines: `Connection: keep-alive\r\n${timeout}` };
  }
  return kept.lines;
}
