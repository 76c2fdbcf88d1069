/** What a Dockerfile and its `.dockerignore` say, as the builder reads them. */

export interface Instruction {
  readonly name: string;
  /** `--from=build` is `from: 'build'`. */
  readonly flags: Readonly<Record<string, string>>;
  /** Words, or the members of the JSON form. */
  readonly words: readonly string[];
  readonly isJson: boolean;
}

export interface Stage {
  /** An image, an earlier stage, or `scratch`. */
  readonly from: string;
  readonly as: string | undefined;
  readonly instructions: readonly Instruction[];
}

export function parseDockerfile(text: string): readonly Stage[] {
  const lines = text
    .split('\n')
    .filter((line) => !/^\s*(#|$)/.test(line))
    .join('\n')
    .replace(/\\\n/g, ' ')
    .split('\n');
  const stages: { from: string; as: string | undefined; instructions: Instruction[] }[] = [];
  for (const instruction of lines.map(parseInstruction)) {
    const { name, words } = instruction;
    if (name === 'FROM') {
      stages.push({ from: words[0] ?? '', as: words[2], instructions: [] });
    } else {
      const stage = stages.at(-1);
      if (stage === undefined) throw new Error(`${name} stands before any FROM`);
      stage.instructions.push(instruction);
    }
  }
  return stages;
}

function parseInstruction(line: string): Instruction {
  const [, name = '', rest = ''] = /^\s*([A-Z]+)\s+(.*)$/.exec(line) ?? [];
  if (name === '') throw new Error(`no instruction: ${line}`);
  const [head = ''] = /^(--[\w-]+=\S+\s+)*/.exec(rest) ?? [];
  const flags = [...head.matchAll(/--([\w-]+)=(\S+)/g)].map(([, flag, value]) => [flag, value]);
  const body = rest.slice(head.length).trim();
  // HEALTHCHECK has its command behind a word.
  const json = body.replace(/^CMD\s+/, '');
  const isJson = json.startsWith('[');
  const words = isJson ? JSON.parse(json).map(String) : body.split(/\s+/);
  return { name, flags: Object.fromEntries(flags), words, isJson };
}

/** The instructions of one name. */
export const named = ({ instructions }: Stage, name: string) =>
  instructions.filter((instruction) => instruction.name === name);

/** The variables that a stage sets. */
export const environmentOf = (stage: Stage): Readonly<Record<string, string>> =>
  Object.fromEntries(
    named(stage, 'ENV').flatMap(({ words }) => words.map((word) => word.split(/=(.*)/s))),
  );

/** Whether the builder is not sent a file: the last pattern that fits it, or a folder it is in, decides. */
export function isIgnored(dockerignore: string, file: string): boolean {
  const patterns = dockerignore.split('\n').filter((line) => !/^\s*(#|$)/.test(line));
  const fitting = patterns.findLast((pattern) => fits(pattern.replace(/^!/, ''), file));
  return fitting !== undefined && !fitting.startsWith('!');
}

function fits(pattern: string, file: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*\*\/|\*/g, (wildcard) => (wildcard === '*' ? '[^/]*' : '(.*/)?'));
  return new RegExp(`^${source}(/|$)`).test(file);
}
