import { createServer } from 'node:http';
import { createSchema, createYoga } from 'graphql-yoga';
import { createContext, host, port, resolvers, typeDefs } from './schema.mjs';

/** Yoga as its documentation starts it. */
const yoga = createYoga({ schema: createSchema({ typeDefs, resolvers }), context: createContext });

createServer(yoga).listen(port, host);
