import { type ServerResponse, STATUS_CODES } from 'node:http';

declare module 'node:http' {
  /** What every release of Node since 0.12 has, and its types do not say. */
  interface OutgoingMessage {
    /** The head as text, once it is made. */
    _header: string | null;
    _headerSent: boolean;
    /** Whether the connection closes with this answer. */
    _last: boolean;
    _keepAliveTimeout: number;
  }
}

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

/**
 * Answers in one write. `node:http` looks at every header again, puts the head together and writes it
 * apart from the body, which takes as long as all else that a kept answer takes. What it says of
 * itself (`Date`, `Connection`, `Keep-Alive`) is said here, too.
 */
export function answerDirectly(
  response: ServerResponse,
  status: number,
  lines: HeaderLines,
  body: string | Buffer,
  encoding: 'latin1' | 'utf8' = 'latin1',
): void {
  const { socket } = response;
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines}${dateLine()}${connectionLines(response)}\r\n`;
  response.statusCode = status;
  response._header = head;
  response._last = !response.shouldKeepAlive;
  // Behind an answer that is not given yet, or to a client that has left: as ever.
  if (typeof body !== 'string' || socket === null || socket.destroyed) {
    response.end(body, encoding);
    return;
  }
  response._headerSent = true;
  response.finished = true;
  socket.write(head + body, encoding);
  response.emit('finish');
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

function connectionLines({ shouldKeepAlive, _keepAliveTimeout: ms }: ServerResponse): HeaderLines {
  if (!shouldKeepAlive) return 'Connection: close\r\n';
  if (ms !== kept.ms) {
    const timeout =
      ms > 0 ? headerLine('Keep-Alive', `timeout=${String(Math.floor(ms / 1000))}`) : '';
    kept = { ms, lines: `Connection: keep-alive\r\n${timeout}` };
  }
  return kept.lines;
}
