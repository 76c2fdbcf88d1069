import { readFileSync } from 'node:fs';
import process from 'node:process';
import Fastify from 'fastify';
import mercurius from 'mercurius';
import { grades, host, plainResolvers, port, signals, typeDefs } from './schema.mjs';

/** Mercurius with its JIT from the first request on, its own loaders and persisted documents. */
const app = Fastify();

await app.register(mercurius, {
  schema: typeDefs,
  resolvers: plainResolvers,
  loaders: {
    Token: {
      tmGrade: async (queries) => queries.map(({ obj }) => grades.get(obj.id) ?? null),
      tradingSignal: async (queries) => queries.map(({ obj }) => signals.get(obj.id) ?? null),
    },
  },
  jit: 1,
  persistedQueries: JSON.parse(readFileSync(process.argv[3], 'utf8')),
});

await app.listen({ port, host });
