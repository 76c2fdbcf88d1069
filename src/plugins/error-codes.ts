import { type DocumentNode, GraphQLError, Kind, type ValueNode, visit } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** Gives parser and validator errors their public codes, and names the argument of a wrong value. */
export function useErrorCodes(): Plugin {
  return {
    onParse() {
      return ({ result, replaceParseResult }) => {
        if (!(result instanceof GraphQLError) || result.extensions['code'] !== undefined) return;
        replaceParseResult(withCode(result, 'GRAPHQL_PARSE_FAILED'));
      };
    },
    onValidate({ params }: { readonly params: { readonly documentAST: DocumentNode } }) {
      const document = params.documentAST;
      return (validated) => {
        const errors: readonly unknown[] = validated.result;
        if (errors.length === 0) return;
        const told = errors.filter((error) => error instanceof GraphQLError);
        validated.setResult(told.map((error) => nameArgument(error, document)));
      };
    },
  };
}

const valueKinds: ReadonlySet<string> = new Set([
  Kind.INT,
  Kind.FLOAT,
  Kind.STRING,
  Kind.BOOLEAN,
  Kind.NULL,
  Kind.ENUM,
  Kind.LIST,
  Kind.OBJECT,
]);

function nameArgument(error: GraphQLError, document: DocumentNode): GraphQLError {
  if (error.extensions['argument'] !== undefined) return error;
  const value = error.nodes?.find((node) => valueKinds.has(node.kind));
  const argument = value === undefined ? undefined : argumentOf(value, document);
  if (argument === undefined) {
    return error.extensions['code'] === undefined
      ? withCode(error, 'GRAPHQL_VALIDATION_FAILED')
      : error;
  }
  return withCode(error, 'BAD_USER_INPUT', argument);
}

/** The argument a value literal stands in, with the fields of input objects: `filter.from`. */
function argumentOf(value: { readonly kind: string }, document: DocumentNode): string | undefined {
  const names: string[] = [];
  let found: string | undefined;
  const enter = (node: ValueNode) => {
    if (node !== value) return;
    found = names.join('.');
  };
  visit(document, {
    Argument: {
      enter: (node) => void names.push(node.name.value),
      leave: () => void names.pop(),
    },
    ObjectField: {
      enter: (node) => void names.push(node.name.value),
      leave: () => void names.pop(),
    },
    IntValue: enter,
    FloatValue: enter,
    StringValue: enter,
    BooleanValue: enter,
    NullValue: enter,
    EnumValue: enter,
    ListValue: enter,
    ObjectValue: enter,
  });
  return found === '' ? undefined : found;
}

function withCode(error: GraphQLError, code: string, argument?: string): GraphQLError {
  return new GraphQLError(
    argument === undefined ? error.message : `Argument "${argument}": ${error.message}`,
    {
      nodes: error.nodes,
      source: error.source,
      positions: error.positions,
      path: error.path,
      extensions: {
        ...error.extensions,
        code,
        ...(argument === undefined ? {} : { argument }),
        http: { status: 400, spec: true },
      },
    },
  );
}
