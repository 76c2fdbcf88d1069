import { type DocumentNode, getOperationAST, type GraphQLSchema, OperationTypeNode } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { OperationContext } from '../context.ts';
import type { TextKeeper } from '../execution/kept-text.ts';
import { type CompiledOperation, compileOperation } from '../execution/compile.ts';
import type { OperationDefinitionNode } from 'graphql';

/** An operation that has run before: its document is read, valid and within all bounds. */
export interface KnownOperation {
  /** Unlike that of any other operation of this process. */
  readonly id: number;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly compiled: CompiledOperation<OperationContext>;
}

interface KnownDocument {
  readonly document: DocumentNode;
  readonly operations: Map<string | undefined, KnownOperation>;
}

export type KnownOperations = ReturnType<typeof createKnownOperations>;

export interface KnownOperationsOptions {
  readonly schema: GraphQLSchema;
  readonly keeper?: TextKeeper<OperationContext>;
  readonly bytesMax: number;
}

/** A parsed and compiled document takes about so many times the memory of its text, and so much besides. */
const growth = 30;
const documentBytes = 8000;

/** Queries that have run before, by their text. */
export function createKnownOperations({ schema, keeper, bytesMax }: KnownOperationsOptions) {
  const documents = new LRUCache<string, KnownDocument>({
    maxSize: bytesMax,
    sizeCalculation: (_document, text) => documentBytes + growth * text.length,
  });
  let operations = 0;

  return {
    /** For a document that was executed just now: whatever could be wrong with it is not. */
    learn: (text: string, document: DocumentNode): void => {
      if (!documents.has(text)) documents.set(text, { document, operations: new Map() });
    },
    /** Undefined for what is unknown and for all but queries. */
    find: (text: string, operationName: string | undefined): KnownOperation | undefined => {
      const known = documents.get(text);
      if (known === undefined) return undefined;
      const found = known.operations.get(operationName);
      if (found !== undefined) return found;
      const { document } = known;
      const operation = getOperationAST(document, operationName);
      if (operation?.operation !== OperationTypeNode.QUERY) return undefined;
      operations += 1;
      const compiled = compileOperation<OperationContext>({ schema, document, operation, keeper });
      const made = { id: operations, document, operation, compiled };
      known.operations.set(operationName, made);
      return made;
    },
  };
}
