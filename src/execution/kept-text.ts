import {
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  Kind,
  type SelectionSetNode,
  visit,
  BREAK,
} from 'graphql';
import type { WriteObject } from './object.ts';

/**
 * Keeps the text that selections have of objects, for as long as it says. The text of an object is kept
 * as a whole, with all that is selected below it; what was awaited or has failed is not.
 */
export interface TextKeeper<Context> {
  /** Whether objects of a type are the same from one operation to the next. */
  isLasting(type: GraphQLObjectType): boolean;
  /** The text that a selection has of objects, for all who see what this context sees. */
  shelfOf(selection: object, context: Context): TextShelf<Context>;
}

export interface TextShelf<Context> {
  /** The text, if it is still what would be written; then the context is told what it has been given. */
  give(source: object, context: Context): string | undefined;
  /** Whether it is worth keeping: asked before it is written. */
  isWanted(source: object): boolean;
  /** Begins to look at what a context is given; answers what keeps the text that was written of it. */
  record(source: object, context: Context): (text: string) => void;
}

/** Writes objects once for all who see the same. */
export function keepingText(write: WriteObject, keeper: TextKeeper<unknown>): WriteObject {
  const selection = {};
  return (run, source, path) => {
    if (run.isRecording || typeof source !== 'object' || source === null) {
      return write(run, source, path);
    }
    const shelf = keeper.shelfOf(selection, run.context);
    const given = shelf.give(source, run.context);
    if (given !== undefined) return given;
    if (!shelf.isWanted(source)) return write(run, source, path);
    const { unrepeatable } = run;
    const keep = shelf.record(source, run.context);
    run.isRecording = true;
    try {
      const text = write(run, source, path);
      if (typeof text === 'string' && unrepeatable === run.unrepeatable) {
        // Reading a character makes one string of what was put together, once for all who get it.
        text.charCodeAt(0);
        keep(text);
      }
      return text;
    } finally {
      run.isRecording = false;
    }
  };
}

const deciding = new Set([GraphQLSkipDirective.name, GraphQLIncludeDirective.name]);

/**
 * Whether what is selected depends on variables, apart from those of `@skip` and `@include`, which are
 * compiled in.
 */
export function holdVariables(
  selectionSets: readonly SelectionSetNode[],
  fragments: Readonly<Record<string, FragmentDefinitionNode>>,
): boolean {
  const visited = new Set<string>();
  let holds = false;
  const look = (selectionSet: SelectionSetNode): void => {
    visit(selectionSet, {
      [Kind.DIRECTIVE]: ({ name }) => (deciding.has(name.value) ? false : undefined),
      [Kind.VARIABLE]: () => {
        holds = true;
        return BREAK;
      },
      [Kind.FRAGMENT_SPREAD]: ({ name }) => {
        if (visited.has(name.value)) return;
        visited.add(name.value);
        const fragment = fragments[name.value];
        if (fragment !== undefined) look(fragment.selectionSet);
      },
    });
  };
  selectionSets.forEach(look);
  return holds;
}
