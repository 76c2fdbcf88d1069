import type { IncomingMessage, ServerResponse } from 'node:http';

import { refusals } from './answer.ts';
import type { Answer } from './answer.ts';
import type { Fault } from './faults.ts';
import type { Meter } from './meter.ts';
import { readQueryString } from './query.ts';
import type { SandboxRequest } from './request-log.ts';
import type { Question } from './responder.ts';
import type { Timers } from './timers.ts';
import { transmit } from './transmit.ts';

const bodyBytesMax = 64 * 1024;

interface HandlerParts {
  readonly respond: (question: Question, fault: Fault) => Answer;
  readonly takeFault: (path: string) => Fault;
  readonly meter: Meter;
  readonly log: (request: SandboxRequest) => void;
  readonly timers: Timers;
  readonly now: () => number;
}

/** HTTP in, HTTP out. Whatever goes wrong in between becomes a 500 and not the end of the process. */
export function createHandler({ respond, takeFault, meter, log, timers, now }: HandlerParts) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    response.setHeader('x-sandbox', 'assay; synthetic data');
    readBody(request, (body) => answerTo({ ...readQuestion(request), body }, response));
  };

  function answerTo(question: Question, response: ServerResponse): void {
    const fault = takeFault(question.path);
    const answer = answerOrFailure(() => respond(question, fault));
    const { method, path, query, key } = question;
    const status = fault.resetConnection === true ? 0 : answer.status;
    log({
      method,
      path,
      query,
      status,
      rows: answer.rows,
      plan: meter.planOf(key)?.name,
      at: now(),
    });
    transmit(response, answer, { fault, timers });
  }
}

/** Hands over what a POST carries; of any other request nothing is awaited. */
function readBody(request: IncomingMessage, then: (body: string) => void): void {
  if (request.method !== 'POST') {
    request.resume();
    then('');
    return;
  }
  const pieces: Buffer[] = [];
  let bytes = 0;
  request.on('data', (piece: Buffer) => {
    bytes += piece.length;
    if (bytes <= bodyBytesMax) pieces.push(piece);
  });
  // Half of a question is none: what is too long is as good as empty, and refused as such.
  request.on('end', () => then(bytes > bodyBytesMax ? '' : Buffer.concat(pieces).toString()));
}

function readQuestion(request: IncomingMessage): Omit<Question, 'body'> {
  const { method = '', url = '' } = request;
  const end = url.includes('?') ? url.indexOf('?') : url.length;
  return {
    method,
    path: url.slice(0, end),
    query: readQueryString(url.slice(end)),
    key: headerOf(request, 'x-api-key') ?? headerOf(request, 'api_key'),
  };
}

function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : value?.[0];
}

function answerOrFailure(answer: () => Answer): Answer {
  try {
    return answer();
  } catch {
    return refusals.failed;
  }
}
