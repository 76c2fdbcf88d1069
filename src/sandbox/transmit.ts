import type { ServerResponse } from 'node:http';

import type { Answer } from './answer.ts';
import type { Fault } from './faults.ts';
import type { Timers } from './timers.ts';

const slowPieces = 10;
const html = '<!doctype html><html><body><h1>Please stand by</h1></body></html>';

/** Writes an answer to the wire, well or as badly as the fault wants it. */
export function transmit(
  response: ServerResponse,
  answer: Answer,
  { fault, timers }: { readonly fault: Fault; readonly timers: Timers },
): void {
  // A caller that hangs up early is no error of the server, and must not end the process.
  response.on('error', () => undefined);
  if (fault.latencyMs === undefined) return send(response, answer, fault, timers);
  const stop = timers.after(fault.latencyMs, () => send(response, answer, fault, timers));
  response.on('close', stop);
}

function send(response: ServerResponse, answer: Answer, fault: Fault, timers: Timers): void {
  const { socket } = response;
  if (socket === null || response.destroyed) return;
  if (fault.resetConnection === true) {
    socket.resetAndDestroy();
    return;
  }

  const body = bodyOf(answer, fault);
  const declaredBytes =
    fault.wrongContentLength === true ? Math.ceil(body.length / 2) : body.length;
  response.writeHead(answer.status, {
    'content-type':
      fault.htmlBody === true ? 'text/html; charset=utf-8' : 'application/json; charset=utf-8',
    'content-length': declaredBytes,
    ...answer.headers,
  });

  if (fault.cutBody === true) {
    response.write(body.subarray(0, body.length / 2), () => socket.destroy());
  } else if (fault.slowBodyMs !== undefined) {
    trickle(response, body, fault.slowBodyMs / slowPieces, timers);
  } else {
    response.end(body);
  }
}

function bodyOf(answer: Answer, fault: Fault): Buffer {
  if (fault.emptyBody === true) return Buffer.alloc(0);
  if (fault.htmlBody === true) return Buffer.from(html);
  const body = Buffer.from(JSON.stringify(answer.body));
  return fault.truncatedJson === true ? body.subarray(0, body.length / 2) : body;
}

function trickle(response: ServerResponse, body: Buffer, pauseMs: number, timers: Timers): void {
  const pieceBytes = Math.ceil(body.length / slowPieces);
  let sent = 0;
  let stop = (): void => undefined;
  const next = (): void => {
    response.write(body.subarray(sent, sent + pieceBytes));
    sent += pieceBytes;
    if (sent >= body.length) response.end();
    else stop = timers.after(pauseMs, next);
  };
  response.on('close', () => stop());
  next();
}
