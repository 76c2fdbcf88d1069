import { exists, readText } from './deploy-files.ts';

/** OPERATIONS.md, and what in it can be checked. */

export const file = 'OPERATIONS.md';
export const book = readText(file);

export interface Section {
  readonly heading: string;
  readonly text: string;
}

/** A comment of a shell begins like a heading: only what is outside of commands is one. */
const withoutCommands = (text: string) =>
  text.replace(/^ *```[^]*?^ *```$/gm, (commands) => commands.replaceAll('#', ' '));

/** Headings of a level, each with the text until the next of it. */
function sectionsOf(text: string, level: number): readonly Section[] {
  const heads = withoutCommands(text).matchAll(new RegExp(`^#{${level}} (.+)$`, 'gm'));
  const starts = [...heads];
  return starts.map(({ 0: line, 1: heading = '', index }, at) => ({
    heading,
    text: text.slice(index + line.length, starts[at + 1]?.index),
  }));
}

export function chapter(name: string): string {
  const found = sectionsOf(book, 2).find(({ heading }) => heading === name);
  if (found === undefined) throw new Error(`expected a heading "## ${name}"`);
  return found.text;
}

export const alertSections = sectionsOf(chapter('Alerts'), 3);

/** What the groups of a pattern have found, each once. */
const named = (pattern: RegExp, text = book): readonly string[] => [
  ...new Set([...text.matchAll(pattern)].flatMap(([, ...groups]) => groups.filter(Boolean))),
];

export const queries = named(/\bquery '([^']+)'/g);
/** Paths of the admin port. */
export const questions = named(/\bask '?(\/[^\s'`]*)/g);
export const scripts = named(/\bnpm run (?:-s )?([\w:-]+)/g);
export const metricNames = named(/\b(assay_[a-z][a-z0-9]*(?:_[a-z0-9]+)*)\b/g);
/** Variables, public codes, and a few words of others. */
export const shoutedNames = named(/\b([A-Z][A-Z0-9]*_[A-Z0-9_]*[A-Z0-9])\b/g);
/** Rows and panels of the dashboard are in italics, and nothing else is. */
export const panelNames = named(/(?<!\w)_([A-Z][^_`|\n]*)_(?!\w)/g);
export const redisKeys = named(/\b(assay:[a-z]+)/g);
/** Files of the project, but for the secrets, which each deployment makes. */
export const paths = named(/(?<![\w/.-])((?:deploy|src|test|schema)\/[\w./-]*\w)/g).filter(
  (path) => !path.startsWith('deploy/secrets/'),
);

/** Messages of the log are quoted, as code or in a filter of jq. */
export const messagesIn = (text: string) => named(/`"([^"`]+)"`|\.msg == "([^"]+)"/g, text);

/** `[words](where)`. */
const links = named(/\]\(([^)\s]+)\)/g);

/** As GitHub makes them. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_ -]/gu, '')
    .replaceAll(' ', '-');

function anchorsIn(path: string): ReadonlySet<string> {
  const heads = withoutCommands(readText(path)).matchAll(/^#+ (.+)$/gm);
  return new Set([...heads].map(([, heading = '']) => anchorOf(heading)));
}

/** Whether a link from a file in the root leads somewhere. */
export function leads(link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? file : path;
  return exists(target) && (anchor === undefined || anchorsIn(target).has(anchor));
}

export const deadLinks = links.filter((link) => !leads(link));
