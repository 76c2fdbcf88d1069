import type { GraphQLSchema } from 'graphql';
import type { FetchAPI } from 'graphql-yoga';
import { LRUCache } from 'lru-cache';
import type { RequestLog } from '../answer/request-line.ts';
import type { DocumentStore } from '../documents/store.ts';
import type { LearningOptions } from '../plugins/learning.ts';
import { sandboxNotice } from '../plugins/sandbox-notice.ts';
import type { RequestsFor } from '../pricing/read-plan.ts';
import { createAnswers } from './answers.ts';
import { createCalls } from './calls.ts';
import { createExecuted, type ExecutedOptions } from './executed.ts';
import { createGivenAgain } from './given-again.ts';
import { createKeptTexts } from './kept-texts.ts';
import { createListener, type ListenerOptions } from './listener.ts';
import { createKnownOperations } from './known-operations.ts';
import { createReplies } from './replies.ts';

export interface FastPathOptions
  extends
    Pick<ListenerOptions, 'now' | 'authenticate' | 'limits' | 'tracing'>,
    Omit<ExecutedOptions, 'log' | 'answers' | 'replies' | 'timeoutMs'> {
  readonly log: RequestLog;
  readonly schema: GraphQLSchema;
  readonly store: Pick<DocumentStore, 'getTrusted' | 'peek' | 'onReplaced'>;
  readonly requestsFor: RequestsFor;
  readonly deadline: { readonly queryMs: number };
  readonly hstsSeconds: number;
  readonly isSandbox: boolean;
  readonly fetchAPI: () => FetchAPI;
  /** What kept answers may take; 0 keeps none. */
  readonly answersBytesMax: number;
  /** What may be known of documents, and of requests for them. */
  readonly documentsBytesMax: number;
}

/** As clients of one kind all send one, these are few. */
const acceptsMax = 1000;
const acceptLengthMax = 200;

/** The short way of a request, and what has to be learnt for it on the long one. */
export function createFastPath(options: FastPathOptions) {
  const { schema, store, requestsFor, hstsSeconds, isSandbox, fetchAPI } = options;
  const { answersBytesMax, documentsBytesMax } = options;
  const bytesMax = documentsBytesMax / 2;
  const operations = createKnownOperations({ schema, keeper: createKeptTexts(), bytesMax });
  const calls = createCalls({ schema, operations, store, requestsFor, bytesMax });
  const answers = createAnswers({ bytesMax: answersBytesMax });
  const replies = createReplies({
    hstsSeconds,
    notices: isSandbox ? [sandboxNotice] : [],
    fetchAPI,
  });
  const contentTypes = new LRUCache<string, string>({ max: acceptsMax });
  const learning: LearningOptions = {
    learnDocument: operations.learn,
    learnContentType: (accept, contentType) => {
      const key = accept ?? '';
      if (key.length <= acceptLengthMax) contentTypes.set(key, contentType);
    },
  };
  const shared = { ...options, answers, replies };
  const { execute, refuseQuota } = createExecuted({
    ...shared,
    timeoutMs: options.deadline.queryMs,
  });
  const serve = createListener({
    ...shared,
    ...{ calls, execute, giveAgain: createGivenAgain({ ...shared, refuseQuota }) },
    contentTypeFor: (accept) => contentTypes.get(accept ?? ''),
  });
  return { serve, learning, answersStatus: answers.status };
}
