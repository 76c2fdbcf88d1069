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
  readonly callFrame: { readonly functionName: string; readonly url: string };
  readonly children?: readonly number[];
}

/** The first that is on the stack says what the time was for. */
const phases: readonly (readonly [name: string, isOn: (frame: Frame) => boolean])[] = [
  ['building the schema', ({ name, url }) => name === 'buildSchema' && url.includes('/dist/')],
  ['applying rate limits', ({ url }) => url.endsWith('/directives/rate-limit.js')],
  ['starting the sandbox', ({ url }) => url.includes('/dist/sandbox/')],
  ['answering requests', ({ url }) => url.includes('/dist/plugins/')],
  ['the rest of createApp', ({ name }) => name === 'createApp'],
  ['evaluating modules of packages', ({ url }) => url.includes('/node_modules/')],
  ['finding, reading and compiling modules', ({ url }) => url.includes('internal/modules')],
];

interface Frame {
  readonly name: string;
  readonly url: string;
}

/** Packages have a `dist` of their own. */
const isOwn = ({ url }: Frame) => url.includes('/dist/') && !url.includes('/node_modules/');

/** Milliseconds by what they were for. */
export function phasesOf(profile: CpuProfile): ReadonlyMap<string, number> {
  return sumBy(profile, (stack) => {
    const [leaf] = stack;
    if (leaf?.name === '(idle)' || leaf?.name === '(garbage collector)') return leaf.name;
    // Before what it imports, or calls, from packages.
    const own = stack.findLast(isOwn)?.url;
    const known = phases.find(([, isOn]) => stack.some(isOn))?.[0];
    if (own === undefined || (known !== undefined && !known.startsWith('evaluating'))) {
      return known ?? 'node itself';
    }
    const [, place = ''] = /\/dist\/([^/]+)/.exec(own) ?? [];
    return `evaluating modules of dist/${place}`;
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
