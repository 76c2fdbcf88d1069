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
    request.resume();
    response.setHeader('x-sandbox', 'assay; synthetic data');
    const question = readQuestion(request);
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
  };
}

function readQuestion(request: IncomingMessage): Question {
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
