import { STATUS_CODES } from 'node:http';
import { flat } from '../flat-text.ts';
import { remembering } from '../remembering.ts';

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
  return statusLine(status) + lines + endOf(keepAliveMs);
}

const statusLine = remembering((status: number): HeaderLines =>
  flat(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`),
);

let told = { second: -1, keepAliveMs: -1, end: '' };

/** The same for all answers of a second. */
function endOf(keepAliveMs: number): string {
  const now = Date.now();
  const second = Math.floor(now / 1000);
  if (second !== told.second || keepAliveMs !== told.keepAliveMs) {
    const date = headerLine('Date', new Date(now).toUTCString());
    told = { second, keepAliveMs, end: flat(`${date}${connectionLines(keepAliveMs)}\r\n`) };
  }
  return told.end;
}

function connectionLines(keepAliveMs: number): HeaderLines {
  if (keepAliveMs === 0) return 'Connection: close\r\n';
  const timeout = headerLine('Keep-Alive', `timeout=${Math.floor(keepAliveMs / 1000)}`);
  return `Connection: keep-alive\r\n${timeout}`;
}
