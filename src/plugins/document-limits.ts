import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  parse,
  validate,
  type ValidationRule,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { type DocumentMaxima, measureDocument } from './document-measures.ts';
import { checkVariables } from './variable-limits.ts';

/** Validation stops here: more errors help nobody, and finding them costs time. */
const errorsMax = 20;

/** What a document of 5000 tokens may have; one that may be larger may have more, in proportion. */
const countsMax = {
  operations: 20,
  fragments: 100,
  'fragment spreads': 300,
  'root fields': 150,
  aliases: 200,
  'repetitions of one field': 20,
  directives: 100,
  variables: 100,
} as const;

/** However large the document is. */
const shapesMax = {
  // Levels of fields are the price's to refuse.
  'inline fragments in each other': 10,
  'directives at one place': 5,
  'levels in one argument': 10,
  'values in one list': 250,
} as const;

/**
 * Bounds what is read at all: the parser gives up at `tokensMax`, what it read is counted before any
 * rule runs, and nesting cannot end the process. Documents are cached once they passed, so a document
 * that is known is not counted again; variables are looked at each time.
 */
export function useDocumentLimits({ tokensMax }: { readonly tokensMax: number }): Plugin {
  const maxima = maximaFor(tokensMax);
  return {
    onParams({ params }) {
      if (typeof params !== 'object' || params === null) return;
      checkVariables(params.variables);
      checkVariables(params.extensions, 'extensions');
    },
    onParse({ setParseFn }) {
      setParseFn((source: string) =>
        guarded(() => {
          const document = parse(source, { maxTokens: tokensMax });
          measureDocument(document, maxima);
          return document;
        }),
      );
    },
    onValidate({ setValidationFn }) {
      setValidationFn((schema: GraphQLSchema, document: DocumentNode, rules: ValidationRule[]) =>
        guarded(() => [
          ...withoutRoot(schema, document),
          ...validate(schema, document, rules, { maxErrors: errorsMax }),
        ]),
      );
    },
  };
}

function maximaFor(tokensMax: number): DocumentMaxima {
  const share = Math.max(1, tokensMax / 5000);
  const grown = (measure: keyof typeof countsMax) => Math.floor(countsMax[measure] * share);
  return {
    operations: grown('operations'),
    fragments: grown('fragments'),
    'fragment spreads': grown('fragment spreads'),
    'root fields': grown('root fields'),
    aliases: grown('aliases'),
    'repetitions of one field': grown('repetitions of one field'),
    directives: grown('directives'),
    variables: grown('variables'),
    ...shapesMax,
  };
}

/** Operations of a kind the schema has not: no rule of graphql looks for them. */
function withoutRoot(schema: GraphQLSchema, document: DocumentNode): GraphQLError[] {
  return document.definitions.flatMap((definition) => {
    if (definition.kind !== Kind.OPERATION_DEFINITION) return [];
    const { operation } = definition;
    if (schema.getRootType(operation)) return [];
    return [new GraphQLError(`There is no ${operation} in this schema.`, { nodes: definition })];
  });
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
