import { newTextName } from './decent-clients.ts';
import { type Gateway, metricOf, seriesOf, startGateway, type Usage } from './gateway.ts';
import type { Pace, Report } from './job.ts';
import { runLoad } from './load.ts';
import type { Stage } from './stage.ts';
import { faultsOf, none, type Verdict } from './tables.ts';

export interface MixOptions {
  readonly pace: Pace;
  /** Of the same, before what is measured. */
  readonly warmUpSeconds: number;
  readonly seconds: number;
  readonly connections: number;
  readonly seed: number;
  readonly only?: readonly string[];
  /** How many documents nobody has sent before are sent after the mix. */
  readonly newDocuments: number;
  readonly say: (progress: string) => void;
}

export interface Mixed {
  readonly report: Report;
  readonly documents: Report;
  readonly usages: readonly (readonly [when: string, Usage])[];
  readonly upstreamCallsEach: number;
  readonly verdicts: readonly Verdict[];
}

/** One gateway under all that clients do, and then under documents that have never been sent. */
export async function runMix(stage: Stage, options: MixOptions): Promise<Mixed> {
  const { pace, warmUpSeconds, seconds, connections, seed, only, newDocuments, say } = options;
  const { bundle, env, world } = stage;
  const gateway = await startGateway({ bundle, env });
  try {
    const job = { origin: gateway.origin, world, connections, retries: 0 };
    const mixJob = { ...job, pace, requestsMax: Infinity, ...(only === undefined ? {} : { only }) };
    const [started, callsAtStart] = [await gateway.usage(), stage.upstreamCalls()];
    say(`warm-up for ${warmUpSeconds} s`);
    const warmUp = await runLoad({ ...mixJob, seed: seed + 1, seconds: warmUpSeconds });
    const callsBefore = stage.upstreamCalls();
    say(`the mix for ${seconds} s`);
    const report = await runLoad({ ...mixJob, seed, seconds });
    const upstreamCalls = stage.upstreamCalls() - callsBefore;
    const mixed = await gateway.usage();
    const seriesBefore = seriesOf(await gateway.metrics());
    say(`${newDocuments} documents that nobody has sent before`);
    const documents = await runLoad({
      ...{ ...job, seed: seed + 2, pace: 'closed', seconds: Infinity, only: [newTextName] },
      requestsMax: newDocuments,
    });
    const all = [warmUp, report, documents].flatMap(({ scenarios }) => faultsOf(scenarios));
    return {
      ...{ report, documents },
      usages: [
        ['at the start', started],
        ['after the mix', mixed],
        ['after new documents', await gateway.usage()],
      ],
      upstreamCallsEach: upstreamCalls / report.total.requests,
      verdicts: [
        none('wrong outcomes', all),
        none("failures in the gateway's log", gateway.faults()),
        await seriesVerdict(gateway, seriesBefore, newDocuments),
        await toldVerdict(gateway, stage.upstreamCalls() - callsAtStart),
      ],
    };
  } finally {
    await gateway.kill();
  }
}

/** Nobody makes series by what is sent. */
async function seriesVerdict(
  gateway: Gateway,
  before: number,
  documents: number,
): Promise<Verdict> {
  const after = seriesOf(await gateway.metrics());
  return {
    what: `series of metrics after ${documents} new documents`,
    ...{ measured: String(after), bound: String(before), isKept: after === before },
  };
}

/** What the gateway says it has spent is what the upstream has counted. */
async function toldVerdict(gateway: Gateway, seen: number): Promise<Verdict> {
  const told = metricOf(await gateway.metrics(), 'assay_credits_drawn_total');
  return {
    what: 'credits the gateway tells of, and the upstream has counted',
    ...{ measured: String(told), bound: String(seen), isKept: told === seen },
  };
}
