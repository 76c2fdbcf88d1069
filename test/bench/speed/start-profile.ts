import type { SourceMap } from 'node:module';
import { pathToFileURL } from 'node:url';

/** What a CPU profile of V8 says of a start. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  /** Microseconds since the sample before. */
  readonly timeDeltas: readonly number[];
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: CallFrame;
  readonly children?: readonly number[];
}

interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  /** Both begin at 0. */
  readonly lineNumber: number;
  readonly columnNumber: number;
}

/**
 * The profile with the files that a bundle was made of in place of the bundle's. Only the body of a
 * bundle is of no single file, and stays.
 */
export function unbundled(
  profile: CpuProfile,
  mapOf: (url: string) => SourceMap | undefined,
): CpuProfile {
  const originOf = (frame: CallFrame): CallFrame => {
    const { functionName, url, lineNumber, columnNumber } = frame;
    if (lineNumber === 0) return frame;
    const entry = mapOf(url)?.findEntry(lineNumber, columnNumber);
    if (entry === undefined || !('originalSource' in entry)) return frame;
    return {
      ...frame,
      // Where two modules had one name for different things, the bundler numbered them.
      functionName: functionName.replace(/\$\d+$/, ''),
      url: new URL(entry.originalSource, url).href,
    };
  };
  const nodes = profile.nodes.map((node) => ({ ...node, callFrame: originOf(node.callFrame) }));
  return { ...profile, nodes };
}

interface Frame {
  readonly name: string;
  readonly url: string;
}

/** The first that is on the stack says what the time was for. */
const phases: readonly (readonly [name: string, isOn: (frame: Frame) => boolean])[] = [
  ['building the schema', ({ name, url }) => name === 'buildSchema' && url.includes('/src/')],
  ['applying rate limits', ({ url }) => url.endsWith('/src/directives/rate-limit.ts')],
  ['being the sandbox', ({ url }) => url.includes('/src/sandbox/')],
  ['the rest of createApp', ({ name }) => name === 'createApp'],
  ['evaluating modules of packages', ({ url }) => url.endsWith('/dist/packages.mjs')],
  ['evaluating our modules', ({ url }) => /\/dist\/main(?!-rolldown)[^/]*\.js$/.test(url)],
  ['finding, reading and compiling modules', ({ url }) => url.includes('internal/modules')],
  ['answering requests', ({ url }) => url.startsWith('file:')],
];

/** Milliseconds by what they were for, of a profile that is unbundled. */
export function phasesOf(profile: CpuProfile): ReadonlyMap<string, number> {
  return sumBy(profile, (stack) => {
    const [leaf] = stack;
    if (leaf?.name === '(idle)' || leaf?.name === '(garbage collector)') return leaf.name;
    return phases.find(([, isOn]) => stack.some(isOn))?.[0] ?? 'node itself';
  });
}

/** Milliseconds by the package or folder whose function was running. */
export function placesOf(profile: CpuProfile, root: string): ReadonlyMap<string, number> {
  const own = `${pathToFileURL(root).href}/`;
  return sumBy(profile, ([leaf]) => {
    if (leaf === undefined) return '(nothing)';
    const { name, url } = leaf;
    if (url === '') return name.startsWith('(') ? name : `native: ${name}`;
    const [, dependency] =
      /\/node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*\/node_modules\/)/.exec(url) ?? [];
    if (dependency !== undefined) return dependency;
    if (url.startsWith('node:')) return url.split('/').slice(0, 2).join('/');
    return url.startsWith(own) ? url.slice(own.length).split('/').slice(0, 2).join('/') : url;
  });
}

function sumBy(
  { nodes, samples, timeDeltas }: CpuProfile,
  nameOf: (stack: readonly Frame[]) => string,
): ReadonlyMap<string, number> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(
    nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)),
  );
  const names = new Map<number, string>();
  const nameOfNode = (id: number): string => {
    const stack: Frame[] = [];
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
      const frame = byId.get(at)?.callFrame;
      if (frame !== undefined) stack.push({ name: frame.functionName, url: frame.url });
    }
    return nameOf(stack);
  };
  const sums = new Map<string, number>();
  samples.forEach((id, index) => {
    const name = names.get(id) ?? nameOfNode(id);
    names.set(id, name);
    sums.set(name, (sums.get(name) ?? 0) + (timeDeltas[index] ?? 0) / 1000);
  });
  return sums;
}
