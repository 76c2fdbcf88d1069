import type { GraphQLSchema } from 'graphql';
import { type Gateway, startGateway } from './gateway.ts';
import { createOperationGenerator } from './operation-generator.ts';
import { createRandom } from './random.ts';

/** What an operation was said to cost, and what came of it. */
export interface Asked {
  readonly query: string;
  readonly points: number;
  readonly estimated: number;
  readonly spent: number;
  readonly data: unknown;
  readonly codes: readonly string[];
}

export function operations(schema: GraphQLSchema, count: number, seed: number): string[] {
  const generator = createOperationGenerator(schema, createRandom(seed));
  return Array.from({ length: count }, () => generator.next());
}

/** A gateway that limits nothing, and a clock that can be put forward. */
export async function startUnlimited(env: Readonly<Record<string, string>> = {}) {
  const startedAt = performance.now();
  let nowMs = Date.UTC(2026, 10, 21, 15);
  const gateway: Gateway = await startGateway({
    env: {
      COST_CREDITS_MAX: '1000000',
      COST_POINTS_MAX: '1000000000',
      TOKENMETRICS_QUEUE_MAX: '100000',
      ...env,
    },
    // It runs: what waits for a moment of it would wait for ever.
    now: () => nowMs + (performance.now() - startedAt),
  });
  return {
    ...gateway,
    /** An operation with a minute of its own has all that `@rateLimit` allows in one. */
    nextMinute: () => void (nowMs += 61_000),
    async askPriced(query: string): Promise<Asked> {
      const { data, errors, extensions } = await gateway.ask(query);
      const { points, credits } = extensions.cost;
      const codes = (errors ?? []).map((error) => String(error.extensions.code));
      return { query, points, estimated: credits.estimated, spent: credits.spent, data, codes };
    },
  };
}
