import type { DocumentNode } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { asksForSchema } from './introspection.ts';

export interface LearningOptions {
  /** Told of a document that was let run: whatever could be wrong with it is not. */
  readonly learnDocument: (text: string, document: DocumentNode) => void;
  /** Told of the type a whole answer had for who accepted this. */
  readonly learnContentType: (accept: string | null, contentType: string) => void;
}

/**
 * Lets the short way know what took the long way well. After all that can refuse an operation. Who may
 * see the schema is asked each time, so those documents stay on the long way.
 */
export function useLearning({ learnDocument, learnContentType }: LearningOptions): Plugin {
  const answered = new WeakSet<Request>();
  return {
    onExecute({ args, context }) {
      const { query } = context.params;
      const request: { readonly document: DocumentNode } = args;
      if (typeof query !== 'string' || asksForSchema(request.document)) return;
      learnDocument(query, request.document);
    },
    onResultProcess({ request, result }) {
      if (!Array.isArray(result) && !(Symbol.asyncIterator in result)) answered.add(request);
    },
    onResponse({ request, response: { status, headers } }) {
      const contentType = headers.get('content-type');
      if (status !== 200 || contentType === null || !answered.has(request)) return;
      // Streams are answered on the long way.
      if (!/^application\/(graphql-response\+)?json\b/.test(contentType)) return;
      learnContentType(request.headers.get('accept'), contentType);
    },
  };
}
