import {
  type ArgumentNode,
  type DirectiveNode,
  type DocumentNode,
  GraphQLError,
  Kind,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';

const measures = [
  'operations',
  'fragments',
  'fragment spreads',
  'inline fragments in each other',
  'root fields',
  'aliases',
  'repetitions of one field',
  'directives',
  'directives at one place',
  'variables',
  'levels in one argument',
  'values in one list',
] as const;

type Measure = (typeof measures)[number];
export type DocumentMaxima = Readonly<Record<Measure, number>>;

/** Throws when a document has more of anything than it may; one walk over what was parsed. */
export function measureDocument(document: DocumentNode, maxima: DocumentMaxima): void {
  const found = countOf(document);
  for (const measure of measures) {
    if (found[measure] <= maxima[measure]) continue;
    throw new GraphQLError(
      `The document has ${found[measure]} ${measure}: expected at most ${maxima[measure]}.`,
      {
        extensions: {
          code: 'GRAPHQL_VALIDATION_FAILED',
          limit: measure,
          max: maxima[measure],
          found: found[measure],
          http: { status: 400, spec: true },
        },
      },
    );
  }
}

/** How often a field stands in one selection: names of fields, or of answers where arguments differ. */
type Repetitions = Map<string, number>;

/** Fragments are counted where they are written, so cycles of them cost nothing here. */
function countOf(document: DocumentNode): Readonly<Record<Measure, number>> {
  const found: Record<Measure, number> = {
    operations: 0,
    fragments: 0,
    'fragment spreads': 0,
    'inline fragments in each other': 0,
    'root fields': 0,
    aliases: 0,
    'repetitions of one field': 0,
    directives: 0,
    'directives at one place': 0,
    variables: 0,
    'levels in one argument': 0,
    'values in one list': 0,
  };
  const most = (measure: Measure, count: number) => {
    if (count > found[measure]) found[measure] = count;
  };

  const value = (node: ValueNode, depth: number): void => {
    most('levels in one argument', depth);
    if (node.kind === Kind.LIST) {
      most('values in one list', node.values.length);
      for (const item of node.values) value(item, depth + 1);
    } else if (node.kind === Kind.OBJECT) {
      for (const field of node.fields) value(field.value, depth + 1);
    }
  };

  const args = (nodes: readonly ArgumentNode[] = []): void => {
    for (const node of nodes) value(node.value, 1);
  };

  const directives = (nodes: readonly DirectiveNode[] = []): void => {
    found.directives += nodes.length;
    most('directives at one place', nodes.length);
    for (const node of nodes) args(node.arguments);
  };

  /** The number of fields in it, inline fragments included. */
  const selections = (set: SelectionSetNode, inline: number, repetitions: Repetitions): number => {
    most('inline fragments in each other', inline);
    let fields = 0;
    for (const node of set.selections) {
      directives(node.directives);
      if (node.kind === Kind.FRAGMENT_SPREAD) {
        found['fragment spreads'] += 1;
      } else if (node.kind === Kind.INLINE_FRAGMENT) {
        // Its fields are siblings of those around it.
        fields += selections(node.selectionSet, inline + 1, repetitions);
      } else {
        fields += 1;
        if (node.alias) found.aliases += 1;
        args(node.arguments);
        // Another name for a value that takes no arguments only repeats it.
        const isPlain = !node.arguments?.length && !node.selectionSet;
        const name = isPlain ? node.name.value : (node.alias ?? node.name).value;
        const times = (repetitions.get(name) ?? 0) + 1;
        repetitions.set(name, times);
        most('repetitions of one field', times);
        if (node.selectionSet) selections(node.selectionSet, 0, new Map());
      }
    }
    return fields;
  };

  for (const definition of document.definitions) {
    if (definition.kind === Kind.OPERATION_DEFINITION) {
      found.operations += 1;
      const variables = definition.variableDefinitions ?? [];
      most('variables', variables.length);
      for (const { defaultValue, directives: own } of variables) {
        if (defaultValue) value(defaultValue, 1);
        directives(own);
      }
      directives(definition.directives);
      most('root fields', selections(definition.selectionSet, 0, new Map()));
    } else if (definition.kind === Kind.FRAGMENT_DEFINITION) {
      found.fragments += 1;
      directives(definition.directives);
      selections(definition.selectionSet, 0, new Map());
    }
  }
  return found;
}
