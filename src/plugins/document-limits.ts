import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  parse,
  validate,
  type ValidationRule,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** Validation stops here: more errors help nobody, and finding them costs time. */
const errorsMax = 20;

/** Bounds what is read at all: the parser gives up at `tokensMax`, and nesting cannot end the process. */
export function useDocumentLimits({ tokensMax }: { readonly tokensMax: number }): Plugin {
  return {
    onParse({ setParseFn }) {
      setParseFn((source: string) => guarded(() => parse(source, { maxTokens: tokensMax })));
    },
    onValidate({ setValidationFn }) {
      setValidationFn((schema: GraphQLSchema, document: DocumentNode, rules: ValidationRule[]) =>
        guarded(() => validate(schema, document, rules, { maxErrors: errorsMax })),
      );
    },
  };
}

/** Parser and rules recurse; a stack that runs out is the document's fault, not the server's. */
function guarded<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new GraphQLError('The document is nested too deeply to be read.', {
      extensions: { code: 'GRAPHQL_PARSE_FAILED', http: { status: 400 } },
    });
  }
}
