import { type BrotliTail, brotliOffsetOf, makeBrotliTail, spliceBrotli } from './brotli-splice.ts';
import { type GzipTail, makeGzipTail, spliceGzip } from './gzip-splice.ts';

/** A text that begins anew with every request and ends alike, compressed but for its beginning. */
export interface KeptEncodings {
  /** The whole text, compressed; undefined while the variant is not ready. */
  readonly gzip: (prefix: string) => Buffer | undefined;
  /** The same; there may be spaces between the prefix and the tail, which JSON allows. */
  readonly br: (prefix: string) => Buffer | undefined;
  /** What the variants take that are ready. */
  readonly bytes: () => number;
}

/** A shorter tail is one packet either way. */
export const encodedBytesMin = 1024;

/** Encoders at work, of all texts: more would hold memory and wait for threads. */
const makingMax = 8;
let making = 0;

/** Beside the bytes of a variant: what finds and makes it. */
const variantBytes = 1500;

/** Compresses the tail off the event loop when it is first asked for, and puts prefixes before it. */
export function keepEncodings(tail: Buffer): KeptEncodings {
  // Most answers are never asked for in each: what they need is made with the first question.
  let gzip: Lazy<GzipTail> | undefined;
  let br: Map<number, Lazy<BrotliTail>> | undefined;

  function brotliAt(offset: number): Lazy<BrotliTail> {
    br ??= new Map();
    const known = br.get(offset);
    if (known !== undefined) return known;
    const made = lazily(() => makeBrotliTail(tail, offset));
    br.set(offset, made);
    return made;
  }

  return {
    gzip: (prefix) => {
      gzip ??= lazily(() => makeGzipTail(tail));
      const kept = gzip.ask();
      return kept && spliceGzip(Buffer.from(prefix), kept);
    },
    br: (prefix) => {
      const offset = brotliOffsetOf(Buffer.byteLength(prefix));
      const kept = offset === undefined ? undefined : brotliAt(offset).ask();
      return kept && spliceBrotli(Buffer.from(prefix), kept);
    },
    bytes: () =>
      [gzip?.peek()?.deflated, ...[...(br?.values() ?? [])].map(({ peek }) => peek()?.compressed)]
        .filter((variant) => variant !== undefined)
        .reduce((sum, { length }) => sum + variantBytes + length, 0),
  };
}

interface Lazy<Made> {
  readonly ask: () => Made | undefined;
  readonly peek: () => Made | undefined;
}

function lazily<Made>(make: () => Promise<Made>): Lazy<Made> {
  let kept: Made | undefined;
  let isAsked = false;
  return {
    ask: () => {
      if (isAsked || making >= makingMax) return kept;
      isAsked = true;
      making += 1;
      void make()
        .then((made) => void (kept = made))
        // What cannot be compressed is sent as it is, and would fail again.
        .catch(() => undefined)
        .finally(() => (making -= 1));
      return undefined;
    },
    peek: () => kept,
  };
}

export type Coding = 'br' | 'gzip' | 'identity';

/** What browsers, curl, undici and most libraries send. */
const common = new Map(
  [
    ...['gzip, deflate, br', 'gzip, deflate, br, zstd', 'gzip, deflate', 'gzip', 'br', 'identity'],
    ...['deflate, gzip, br, zstd', 'br, gzip, deflate', 'gzip, compress, deflate, br', 'gzip, br'],
  ].map((value) => [value, weigh(value)]),
);

/** The coding for an `Accept-Encoding` (RFC 9110, 12.5.3); nobody is refused for accepting none. */
export function choose(acceptEncoding: string | undefined): Coding {
  // No client has a use for a long one, and reading it takes its time.
  if (acceptEncoding === undefined || acceptEncoding.length > 1000) return 'identity';
  return common.get(acceptEncoding) ?? weigh(acceptEncoding);
}

function weigh(acceptEncoding: string): Coding {
  const weights = new Map<string, number>();
  for (const member of acceptEncoding.toLowerCase().split(',')) {
    const [name = '', weight] = member.split(';').map((part) => part.trim());
    weights.set(name === 'x-gzip' ? 'gzip' : name, weightOf(weight));
  }
  const any = weights.get('*') ?? 0;
  const { br = any, gzip = any, identity = 0 } = Object.fromEntries(weights);
  if (br > 0 && br >= gzip && br >= identity) return 'br';
  return gzip > 0 && gzip >= identity ? 'gzip' : 'identity';
}

/** What is no weight accepts nothing. */
function weightOf(text: string | undefined): number {
  if (text === undefined) return 1;
  return /^q=(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(text) ? Number(text.slice(2)) : 0;
}
