import { type DocumentNode, getOperationAST, GraphQLError, Kind } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** Refuses a request that does not say which operation of its document is to run, by name. */
export function useOperation(): Plugin {
  return {
    onParse({ context }) {
      return ({ result }: { readonly result: DocumentNode | Error | null }) => {
        if (result === null || result instanceof Error) return;
        const document = result;
        const { operationName } = context.params;
        if (getOperationAST(document, operationName)) return;
        const names = document.definitions.flatMap((definition) =>
          definition.kind === Kind.OPERATION_DEFINITION
            ? [definition.name?.value ?? '(unnamed)']
            : [],
        );
        const expected =
          names.length === 0
            ? 'expected a document with an operation, it has none'
            : `expected operationName to be one of ${names.join(', ')}, got ${operationName ? `"${operationName}"` : 'none'}`;
        throw new GraphQLError(`No operation to run: ${expected}.`, {
          extensions: { code: 'OPERATION_RESOLUTION_FAILURE', http: { status: 400 } },
        });
      };
    },
  };
}
