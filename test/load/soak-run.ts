import { setTimeout as after } from 'node:timers/promises';
import { newTextName } from './decent-clients.ts';
import { startGateway } from './gateway.ts';
import { runLoad } from './load.ts';
import { type Bounds, soakVerdicts, type Window } from './soak-verdicts.ts';
import type { Stage } from './stage.ts';
import type { Verdict } from './tables.ts';

export interface SoakOptions {
  readonly windows: number;
  readonly windowSeconds: number;
  /** Half of what goes, measured for so long first, or a rate. */
  readonly pace: { readonly peakSeconds: number } | { readonly perSecond: number };
  readonly connections: number;
  readonly seed: number;
  readonly bounds?: Bounds;
  /** What Node is told before the gateway. */
  readonly nodeArgs?: readonly string[];
  readonly say: (progress: string) => void;
}

export interface Soaked {
  readonly peakPerSecond: number | undefined;
  readonly perSecond: number;
  readonly windows: readonly Window[];
  readonly verdicts: readonly Verdict[];
}

/** So small that they are full soon: what grows after that is no cache. */
const bounded = { ROWS_MEMORY_MB: '2', ANSWERS_MEMORY_MB: '2', DOCUMENTS_MEMORY_MB: '1' };
/** More small documents than fit: the mix alone would take long to send so many. */
const newDocuments = 500;
/** Until connections that were closed are gone on the other side as well. */
const restMs = 500;

/** One gateway under the mix, window after window; between them nobody asks, and its memory is read. */
export async function soak(stage: Stage, options: SoakOptions): Promise<Soaked> {
  const { pace, windowSeconds, connections, seed, nodeArgs = [], say } = options;
  const { bundle, env, world } = stage;
  const gateway = await startGateway({ bundle, env: { ...env, ...bounded }, nodeArgs });
  try {
    const { origin } = gateway;
    const job = { origin, world, connections, requestsMax: Infinity, retries: 0 };
    const peak = async (seconds: number) => {
      say(`the peak: ${seconds} s to warm up, ${seconds} s measured`);
      await runLoad({ ...job, seed, pace: 'closed', seconds });
      const { total } = await runLoad({ ...job, seed: seed + 1, pace: 'closed', seconds });
      return total.perSecond;
    };
    const peakPerSecond = 'perSecond' in pace ? undefined : await peak(pace.peakSeconds);
    const perSecond = 'perSecond' in pace ? pace.perSecond : Math.round((peakPerSecond ?? 0) / 2);
    say(`${newDocuments} new documents`);
    await runLoad({
      ...{ ...job, seed: seed - 1, pace: 'closed', seconds: Infinity, only: [newTextName] },
      requestsMax: newDocuments,
    });
    const windows: Window[] = [];
    while (windows.length < options.windows) {
      const report = await runLoad({
        ...{ ...job, pace: { perSecond }, seconds: windowSeconds },
        // Other requests each time, as in life.
        seed: seed + 2 + windows.length,
      });
      await after(restMs);
      windows.push({ report, usage: await gateway.usage() });
      say(
        `window ${windows.length} of ${options.windows}: p99 ${report.total.p99Ms.toFixed(1)} ms`,
      );
    }
    const verdicts = soakVerdicts(windows, gateway.faults(), options.bounds);
    return { peakPerSecond, perSecond, windows, verdicts };
  } finally {
    await gateway.kill();
  }
}
