import type { Balancer } from './balancer.ts';
import { type Gateway, type GatewayOptions, startGateway } from './gateway.ts';

export type Replicas = Awaited<ReturnType<typeof startReplicas>>;

export interface ReplicasOptions extends GatewayOptions {
  readonly balancer: Balancer;
  readonly count: number;
}

/** Gateways behind a load balancer, of which any may go and be replaced. */
export async function startReplicas({ balancer, count, ...options }: ReplicasOptions) {
  const slots: Gateway[] = [];
  const faults: string[] = [];
  const start = async () => {
    const gateway = await startGateway(options);
    await balancer.add(gateway.origin);
    return gateway;
  };
  const at = (index: number): Gateway => {
    const [gateway] = slots.slice(index, index + 1);
    if (gateway === undefined) throw new Error(`expected a gateway at ${index} of ${slots.length}`);
    return gateway;
  };
  /** Another one in the place of one that has ended. */
  const replace = async (index: number) => {
    const gone = at(index);
    faults.push(...gone.faults());
    slots[index] = await start();
    await balancer.remove(gone.origin);
  };
  const replicas = {
    at,
    count,
    /** Tells it to end, waits until it has, and starts another; how it ended. */
    async restart(index: number): Promise<string> {
      const ending = await at(index).terminate();
      await replace(index);
      return ending;
    },
    kill: (index: number) => at(index).kill(),
    replace,
    /** Of those that run, and of those that ended. */
    faults: (): readonly string[] => [...faults, ...slots.flatMap((gateway) => gateway.faults())],
    async close(): Promise<void> {
      await Promise.all(slots.map((gateway) => gateway.kill()));
    },
  };
  try {
    while (slots.length < count) slots.push(await start());
  } catch (error) {
    await replicas.close();
    throw error;
  }
  return replicas;
}
