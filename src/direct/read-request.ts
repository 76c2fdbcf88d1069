import { flat } from '../flat-text.ts';
import { RecentTexts } from '../recent-texts.ts';
import { remembering } from '../remembering.ts';
import { type DirectHeaderName, directHeaderNames, type DirectRequest } from './exchange.ts';

/** A request that is all there, with the bytes of its body. */
export interface ReadRequest extends DirectRequest {
  /** Empty where there is none. */
  readonly body: Buffer;
}

export interface ReadLimits {
  readonly headBytesMax: number;
  readonly headersMax: number;
  readonly bodyBytesMax: number;
}

type Headers = Partial<Record<DirectHeaderName, string>>;

/** What becomes of a header: it is looked at, it does not matter here, or it is not for us to judge. */
type Use = { readonly kept: DirectHeaderName } | 'connection' | 'ignored' | 'left';

const endOfLine = '\r\n';
const endOfHead = '\r\n\r\n';
const version = ' HTTP/1.1';
const starts = { GET: 'GET /graphql?', POST: 'POST /graphql HTTP/1.1\r\n' } as const;

/** Visible ASCII is all that a target is made of. */
const notOfTarget = /[^!-~]/;
/**
 * Control characters, and half an end of a line: no line of a head holds any. Tabs may be where spaces
 * are, but Node takes them after some values and not after others.
 */
// eslint-disable-next-line no-control-regex -- to find them
const notOfHead = /[^\r]\n|\r[^\n]|[\0-\t\x0b\x0c\x0e-\x1f\x7f]/;
const token = /^[!#$%&'*+.^_`|~\w-]+$/;
/** What a `Host` may be that a URL is made of. */
export const hostPattern = /^([\w.-]+|\[[\da-f:.]+\])(:\d{1,5})?$/i;

/**
 * Reads a request for the endpoint that came in one piece, and is spelled as clients spell them.
 * `undefined` for all else: whatever is odd, incomplete, or more than one is left, untouched, to who
 * reads all of HTTP. So nothing is read here that would be read otherwise there.
 */
export function readRequest(
  bytes: Buffer,
  address: string,
  { headBytesMax, headersMax, bodyBytesMax }: ReadLimits,
): ReadRequest | undefined {
  const isGet = bytes[0] === 0x47;
  // Of a POST the head alone is text: the body may be in any encoding, and long.
  const headEnd = bytes.indexOf(endOfHead);
  if (headEnd === -1 || headEnd > headBytesMax) return undefined;
  const text = bytes.toString('latin1', 0, headEnd + endOfLine.length);
  const method = isGet ? 'GET' : 'POST';
  if (!text.startsWith(starts[method])) return undefined;
  const lineEnd = text.indexOf(endOfLine);
  if (!text.endsWith(version, lineEnd)) return undefined;
  const url = text.slice(method.length + 1, lineEnd - version.length);
  if (!isGoodTarget(url) || notOfHead.test(text.slice(lineEnd))) return undefined;

  const headers = readHeaders(text, lineEnd + endOfLine.length, headersMax);
  if (headers?.host === undefined || !hostPattern.test(headers.host)) return undefined;
  const bodyStart = headEnd + endOfHead.length;
  const length = headers['content-length'];
  if (isGet) {
    if (length !== undefined || bytes.length !== bodyStart) return undefined;
    return { method, url, headers, address, body: nothing };
  }
  if (length === undefined || !/^\d{1,10}$/.test(length)) return undefined;
  if (Number(length) > bodyBytesMax || bytes.length !== bodyStart + Number(length))
    return undefined;
  return { method, url, headers, address, body: bytes.subarray(bodyStart) };
}

/** To compare a long target with one that was looked at takes less than to look at it. */
function isGoodTarget(url: string): boolean {
  if (goodTargets.get(url) !== undefined) return true;
  if (notOfTarget.test(url)) return false;
  if (url.length <= rememberedLengthMax) goodTargets.add({ text: flat(url) });
  return true;
}

/** Of all that are remembered, a few megabytes. */
const rememberedLengthMax = 2048;
const goodTargets = new RecentTexts();

/** Whatever changes how a message is read, or what becomes of its connection. */
const notOurs = new Set([
  ...['transfer-encoding', 'te', 'trailer', 'expect', 'upgrade', 'http2-settings'],
  ...['proxy-connection', 'keep-alive'],
]);

const useOf = remembering((spelling: string): Use => {
  const name = spelling.toLowerCase();
  const kept = directHeaderNames.find((known) => known === name);
  if (kept !== undefined) return { kept };
  if (name === 'connection') return 'connection';
  return notOurs.has(name) || !token.test(spelling) ? 'left' : 'ignored';
});

function readHeaders(text: string, start: number, headersMax: number): Headers | undefined {
  const headers: Headers = {};
  let count = 0;
  for (let at = start; at < text.length; count += 1) {
    const end = text.indexOf(endOfLine, at);
    const colon = text.indexOf(':', at);
    if (colon === -1 || colon > end || count === headersMax) return undefined;
    const use = useOf(text.slice(at, colon));
    if (use === 'left') return undefined;
    if (use === 'connection') {
      if (valueOf(text, colon + 1, end).toLowerCase() !== 'keep-alive') return undefined;
    } else if (use !== 'ignored') {
      // Said twice, it is neither.
      if (headers[use.kept] !== undefined) return undefined;
      headers[use.kept] = valueOf(text, colon + 1, end);
    }
    at = end + endOfLine.length;
  }
  return headers;
}

/** Without the spaces around it, and no other white space. */
function valueOf(text: string, start: number, end: number): string {
  let from = start;
  let to = end;
  while (from < to && text.charCodeAt(from) === space) from += 1;
  while (to > from && text.charCodeAt(to - 1) === space) to -= 1;
  return text.slice(from, to);
}

const nothing = Buffer.alloc(0);
const space = 0x20;
