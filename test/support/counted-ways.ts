import type * as compile from '../../src/execution/compile.ts';
import type * as yogaServer from '../../src/yoga-server.ts';

/** How many requests took the long way, and how many operations the short way has executed. */
const ways = { long: 0, executed: 0 };

/** What came of `work`, and what ways that took. */
export async function waysOf<T>(work: () => Promise<T>) {
  const { long, executed } = ways;
  const result = await work();
  return { result, long: ways.long - long, executed: ways.executed - executed };
}

/** For `vi.mock` of `yoga-server.ts`. */
export async function countingLong(original: () => Promise<unknown>) {
  const module = (await original()) as typeof yogaServer;
  return {
    createYogaServer: (options: yogaServer.YogaServerOptions) =>
      new Proxy(module.createYogaServer(options), {
        apply(yoga, self, args) {
          ways.long += 1;
          return Reflect.apply(yoga, self, args);
        },
      }),
  };
}

/** For `vi.mock` of `execution/compile.ts`. */
export async function countingExecuted(original: () => Promise<unknown>) {
  const module = (await original()) as typeof compile;
  return {
    compileOperation: <Context>(
      options: compile.CompileOptions<Context>,
    ): compile.CompiledOperation<Context> => {
      const { run } = module.compileOperation<Context>(options);
      return {
        run: (request) => {
          ways.executed += 1;
          return run(request);
        },
      };
    },
  };
}
