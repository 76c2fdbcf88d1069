import SchemaBuilder from '@pothos/core';
import DirectivesPlugin from '@pothos/plugin-directives';
import DataLoader from 'dataloader';
import { createYoga } from 'graphql-yoga';

import { createRateLimit } from '../../src/directives/rate-limit.ts';
import type { Reserving } from '../../src/directives/reservations.ts';
import { useRetryAfter } from '../../src/plugins/retry-after.ts';
import type { RedisClient } from '../../src/redis/client.ts';
import { recordingLog } from './recording-log.ts';

type Limit = { readonly limit: number; readonly duration: number };
type Context = Reserving & {
  readonly caller: string;
  readonly grades: DataLoader<string, number>;
};

export type Limits = {
  readonly cheap?: Limit;
  readonly costly?: Limit;
  readonly grade?: Limit;
};

const PLENTY: Limit = { limit: 1000, duration: 3600 };

/** A small gateway whose fields `cheap`, `costly` and `Token.grade` are limited. */
export function rateLimitedApp({
  limits = {},
  ...options
}: {
  readonly limits?: Limits;
  readonly redis?: RedisClient;
  readonly now?: () => number;
} = {}) {
  const { log, lines } = recordingLog();
  const rateLimit = createRateLimit<Context>({
    ...options,
    log,
    identify: ({ caller }) => caller,
  });
  const schema = rateLimit.apply(
    limitedBuilder(limits).toSchema({ directives: [rateLimit.directive] }),
  );
  /** Every batch of grades that was loaded. */
  const batches: (readonly string[])[] = [];
  const yoga = createYoga({
    schema,
    logging: false,
    context: ({ request }) => ({
      caller: request.headers.get('x-caller') ?? 'nobody',
      grades: new DataLoader<string, number>((ids) => {
        batches.push(ids);
        return Promise.resolve(ids.map(Number));
      }),
    }),
    plugins: [useRetryAfter()],
  });

  const ask = async (query: string, caller = 'alice', headers: Record<string, string> = {}) => {
    const response = await yoga.fetch('http://assay/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-caller': caller, ...headers },
      body: JSON.stringify({ query }),
    });
    return { status: response.status, headers: response.headers, body: await response.json() };
  };
  return { ask, batches, lines, schema };
}

/** A Pothos builder as the graph's: directives are extensions that @graphql-tools reads. */
export function limitedBuilder({ cheap, costly, grade }: Limits) {
  const builder = new SchemaBuilder<{
    Context: Context;
    Directives: { rateLimit: { locations: 'FIELD_DEFINITION'; args: Limit } };
  }>({
    plugins: [DirectivesPlugin],
    directives: { useGraphQLToolsUnorderedDirectives: true },
    // Its types are everybody's once it is imported anywhere.
    scopeAuth: { authScopes: () => ({}) },
  });
  const token = builder.objectRef<string>('Token').implement({
    fields: (t) => ({
      id: t.id({ resolve: (id) => id }),
      grade: t.int({
        nullable: true,
        directives: { rateLimit: grade ?? PLENTY },
        resolve: (id, _args, { grades }) => grades.load(id),
      }),
      freeGrade: t.int({ resolve: (id, _args, { grades }) => grades.load(id) }),
    }),
  });
  builder.queryType({
    fields: (t) => ({
      tokens: t.field({
        type: [token],
        args: { first: t.arg.int({ required: true }) },
        resolve: (_root, { first }) => Array.from({ length: first }, (_, index) => String(index)),
      }),
      cheap: t.string({
        nullable: true,
        directives: { rateLimit: cheap ?? PLENTY },
        resolve: () => 'cheap',
      }),
      costly: t.string({
        nullable: true,
        directives: { rateLimit: costly ?? PLENTY },
        resolve: () => 'costly',
      }),
      free: t.string({ resolve: () => 'free' }),
    }),
  });
  return builder;
}
