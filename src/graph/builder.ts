import SchemaBuilder from '@pothos/core';
import DirectivesPlugin from '@pothos/plugin-directives';
import RelayPlugin from '@pothos/plugin-relay';
import ScopeAuthPlugin from '@pothos/plugin-scope-auth';
import { GraphQLError } from 'graphql';
import type { GraphContext } from '../context.ts';
import { priced } from '../pricing/field-cost.ts';
import { decodeGlobalId, encodeGlobalId } from './global-id.ts';
import type { Scope } from './scopes.ts';

/** The builder every type file adds to. No types in here. */
export const builder = new SchemaBuilder<{
  Context: GraphContext;
  AuthScopes: { scope: Scope };
  Scalars: {
    /** An instant as RFC 3339 text in UTC. */
    DateTime: { Input: string; Output: string | number };
    /** A UTC day, `YYYY-MM-DD`. */
    Date: { Input: string; Output: string };
    /** A decimal number as text in plain notation. */
    Decimal: { Input: string; Output: number | string };
    ID: { Input: string; Output: string };
  };
  Directives: {
    cost: { locations: 'FIELD_DEFINITION'; args: { weight: number } };
    listSize: {
      locations: 'FIELD_DEFINITION';
      args: {
        assumedSize?: number;
        slicingArguments?: string[];
        sizedFields?: string[];
        requireOneSlicingArgument?: boolean;
      };
    };
    rateLimit: { locations: 'FIELD_DEFINITION'; args: { limit: number; duration: number } };
    requiresScope: { locations: 'FIELD_DEFINITION'; args: { scope: string } };
  };
  DefaultEdgesNullability: { list: false; items: false };
  DefaultNodeNullability: false;
}>({
  // Scopes first: what may not be read is not resolved by any other plugin.
  plugins: [ScopeAuthPlugin, DirectivesPlugin, RelayPlugin],
  scopeAuth: {
    authScopes: ({ caller }) => ({ scope: (name) => caller.scopes.has(name) }),
    unauthorizedError: (_root, { caller }, { parentType, fieldName }) =>
      new GraphQLError(
        `The plan "${caller.plan.name}" does not include ${parentType.name}.${fieldName}.`,
        { extensions: { code: 'FORBIDDEN' } },
      ),
  },
  directives: { useGraphQLToolsUnorderedDirectives: true },
  relay: {
    encodeGlobalID: encodeGlobalId,
    decodeGlobalID: decodeGlobalId,
    nodeQueryOptions: false,
    nodesQueryOptions: false,
    nodeTypeOptions: {
      description: 'Anything with an id that stays the same across requests, sources and releases.',
    },
    idFieldOptions: {
      description: 'Opaque and stable; a key for caches and for `node(id:)`.',
    },
    pageInfoTypeOptions: { description: 'Where a page of a connection begins, ends and goes on.' },
    hasNextPageFieldOptions: { description: 'Whether asking on with `after` may find more.' },
    hasPreviousPageFieldOptions: { description: 'Whether there is something before this page.' },
    startCursorFieldOptions: { description: "The cursor of the page's first edge." },
    endCursorFieldOptions: { description: 'Give it as `after` to read on.' },
    cursorFieldOptions: { description: 'Opaque; give it as `after` to read on from here.' },
    nodeFieldOptions: { nullable: false, description: 'The item itself.' },
    edgesFieldOptions: {
      nullable: { list: false, items: false },
      description: 'The items with their cursors.',
    },
    pageInfoFieldOptions: {
      description: 'Where this page begins, ends and goes on.',
      ...priced({ weight: 0 }),
    },
    nodesOnConnection: { description: 'The items without their cursors.' },
  },
});
