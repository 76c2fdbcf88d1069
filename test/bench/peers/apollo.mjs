import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { createContext, host, port, resolvers, typeDefs } from './schema.mjs';

/** Apollo Server as its documentation starts it. */
await startStandaloneServer(new ApolloServer({ typeDefs, resolvers }), {
  listen: { port, host },
  context: async () => createContext(),
});
