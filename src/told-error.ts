import { join, sep } from 'node:path';
import { UpstreamError } from './upstreams/errors.ts';

/** What may be said of an error that was not made to be read. */
export interface Told {
  readonly type: string;
  readonly message?: string;
  readonly code?: string;
  /** Where in our own files, innermost first. */
  readonly at?: readonly string[];
  readonly cause?: Told;
}

const causesMax = 4;
const placesMax = 8;

/**
 * Messages repeat addresses, arguments and pieces of what was read, and stacks the paths of this machine:
 * what is left of both is enough to find the place.
 */
export function toldOf(error: unknown, causesLeft = causesMax): Told {
  if (!(error instanceof Error)) return { type: typeof error };
  const { cause } = error;
  const code = codeOf(error);
  return {
    type: error.name,
    ...(error instanceof UpstreamError ? factsOf(error) : { at: placesOf(error) }),
    ...(code === undefined ? {} : { code }),
    ...(cause instanceof Error && causesLeft > 0 ? { cause: toldOf(cause, causesLeft - 1) } : {}),
  };
}

/** The code of an error of the system, of Node or of Redis. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && isCode(error.code) ? error.code : undefined;
}

/** `TypeError (ERR_INVALID_URL)`: for lines that have no room for more. */
export const kindOf = (error: unknown): string => headOf(toldOf(error, 0));

/** What is told of an error in lines for people. */
export const traceOf = (error: unknown): string => linesOf(toldOf(error)).join('\n');

const headOf = ({ type, code }: Told) => (code === undefined ? type : `${type} (${code})`);

function linesOf(told: Told): string[] {
  const { at = [], cause } = told;
  const [because, ...places] = cause === undefined ? [] : linesOf(cause);
  return [
    headOf(told),
    ...at.map((place) => `  at ${place}`),
    ...(because === undefined ? [] : [`because of ${because}`, ...places]),
  ];
}

function factsOf({ message, kind, endpoint, status, retryAfterSeconds }: UpstreamError) {
  return { message, kind, endpoint, status, retryAfterSeconds };
}

const isCode = (code: unknown): code is string =>
  typeof code === 'string' && /^[A-Z][A-Z\d_]{1,63}$/.test(code);

/** `src/graph/token.ts:41:20`: frames of this program's own files, without the folder it is in. */
function placesOf({ stack = '', message }: Error): string[] {
  const frames = stack.slice(stack.indexOf(message) + message.length).split('\n');
  return frames.flatMap((frame) => placeOf(frame) ?? []).slice(0, placesMax);
}

function placeOf(frame: string): string | undefined {
  const start = frame.indexOf(home);
  if (start === -1) return undefined;
  const path = frame.slice(start + home.length);
  return /^(?:src|dist)[\\/][\w./\\-]+\.[jt]s:\d+:\d+/.exec(path)?.[0];
}

/** The folder of the program, with what separates it from those in it. */
const home = join(import.meta.dirname, '..', sep);
