import { Pool } from 'undici';

/** What is asked, with the price it is known to have. */
export interface Operation {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly points: number;
  /** As estimated before it runs. */
  readonly credits: number;
}

export const limitNames = ['requests', 'points', 'credits'] as const;
export type LimitName = (typeof limitNames)[number];

export interface Refusal {
  readonly by: LimitName;
  readonly retryAfterSeconds: number;
}

/** One request and its answer, as the client saw them: it was decided on somewhere in between. */
export interface Exchange {
  readonly gateway: number;
  readonly sentMs: number;
  readonly receivedMs: number;
  readonly operation: Operation;
  /** Of the credits charged, those that were not given back. */
  readonly creditsKept: number;
  /** Undefined where it was admitted. */
  readonly refusal: Refusal | undefined;
}

export type Client = ReturnType<typeof createClient>;

/** Asks gateways in turn and writes down every answer that is neither data nor a refusal as promised. */
export function createClient(origins: readonly string[]) {
  const pools = origins.map((origin) => new Pool(origin, { connections: 250, pipelining: 1 }));
  const faults: string[] = [];
  let turn = 0;

  return {
    faults,
    /** Undefined where the answer was at fault. */
    async ask(key: string, operation: Operation): Promise<Exchange | undefined> {
      const gateway = (turn += 1) % pools.length;
      const { query, variables } = operation;
      const sentMs = performance.now();
      try {
        const response = await pools[gateway]?.request({
          path: '/graphql',
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-api-key': key },
          body: JSON.stringify({ query, variables }),
        });
        const text = await response?.body.text();
        const receivedMs = performance.now();
        const answer = JSON.parse(text ?? '');
        const status = response?.statusCode ?? 0;
        const retryAfter = response?.headers['retry-after'];
        const fault = faultOf(operation, { status, retryAfter, answer });
        if (fault === undefined) {
          const seen = { gateway, sentMs, receivedMs, operation };
          return { ...seen, ...outcomeOf(operation, answer) };
        }
        faults.push(`${fault}: ${status} ${text?.slice(0, 400)}`);
      } catch (error) {
        faults.push(String(error));
      }
      return undefined;
    },
    close: () => Promise.all(pools.map((pool) => pool.destroy())),
  };
}

interface Seen {
  readonly status: number;
  readonly retryAfter: string | string[] | undefined;
  readonly answer: any;
}

/** What is wrong with an answer; nothing when it is data at the known price, or a whole refusal. */
function faultOf(operation: Operation, { status, retryAfter, answer }: Seen) {
  const { data, errors, extensions } = answer;
  if (extensions?.cost?.points !== operation.points) return 'another price than known';
  if (errors === undefined) {
    if (status !== 200 || !data) return 'neither data nor errors';
    if (retryAfter !== undefined) return 'data with Retry-After';
    if (extensions.cost.credits.estimated !== operation.credits) return 'another estimate';
    return undefined;
  }
  const [{ extensions: told }, ...more] = errors;
  if (told.code !== 'QUOTA_EXCEEDED' || more.length > 0) return 'another error than of the quota';
  if (status !== 429) return 'a refusal that is no 429';
  if (data !== undefined && data !== null) return 'data with a refusal';
  if (!limitNames.includes(told.quota)) return 'a refusal by no limit';
  if (!/^[1-9]\d*$/.test(String(retryAfter))) return `Retry-After ${String(retryAfter)}`;
  return Number(retryAfter) === told.retryAfterSeconds ? undefined : 'two times to wait';
}

function outcomeOf({ credits }: Operation, { errors, extensions }: any) {
  if (errors === undefined) {
    const creditsKept = Math.min(credits, Math.ceil(extensions.cost.credits.spent));
    return { creditsKept, refusal: undefined };
  }
  const { quota: by, retryAfterSeconds } = errors[0].extensions;
  return { creditsKept: 0, refusal: { by, retryAfterSeconds } };
}
