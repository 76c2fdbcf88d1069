import { readdir, readFile } from 'node:fs/promises';
import { buildSchema, type GraphQLSchema } from 'graphql';
import { isDay } from '../../src/calendar.ts';

/** A schema that clients were promised, and since when. */
export interface ReleasedSchema {
  readonly version: string;
  readonly day: string;
  readonly schema: GraphQLSchema;
}

export const releasedFolder = new URL('../../schema/released/', import.meta.url);

const ending = '.graphql';
const versionPattern = /^(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*)){2}$/;
const headPattern = /^# The schema of (\S+), released (\S+)\. /;

/** The text of a released schema: the SDL under a line that says which one it is. */
export function releasedText(sdl: string, version: string, day: string): string {
  return `# The schema of ${version}, released ${day}. Clients were promised it: do not edit.\n\n${sdl}\n`;
}

/** Every schema that was released, the oldest first. */
export async function loadReleasedSchemas(
  folder = releasedFolder,
): Promise<readonly ReleasedSchema[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith(ending));
  const released = await Promise.all(
    files.map(async (file) =>
      readReleasedSchema(file, await readFile(new URL(file, folder), 'utf8')),
    ),
  );
  return released.sort((one, other) => compareVersions(one.version, other.version));
}

export function readReleasedSchema(file: string, text: string): ReleasedSchema {
  const [, version = '', day = ''] = headPattern.exec(text) ?? [];
  if (file !== `${version}${ending}` || !isVersion(version) || !isDay(day)) {
    throw new Error(`${file}: expected a first line that tells its version and its day`);
  }
  return { version, day, schema: buildSchema(text) };
}

/** Three numbers; there are no pre-releases. */
export const isVersion = (text: string): boolean => versionPattern.test(text);

/** Below zero when the first is the older one. */
export function compareVersions(one: string, other: string): number {
  const [ones, others] = [numbersOf(one), numbersOf(other)];
  const differences = ones.map((number, at) => number - (others[at] ?? 0));
  return differences.find((difference) => difference !== 0) ?? 0;
}

/** Whether a version may break what the one before promised. */
export function isMajor(version: string, before: string): boolean {
  return (numbersOf(version)[0] ?? 0) > (numbersOf(before)[0] ?? 0);
}

const numbersOf = (version: string) => version.split('.').map(Number);
