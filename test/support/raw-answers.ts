/** An answer, without what is its own. */
export interface RawAnswer {
  readonly status: string;
  readonly headers: readonly string[];
  readonly body: string;
}

const ownHeaders = /^(date|x-request-id|content-length|transfer-encoding):/;
const endOfHead = '\r\n\r\n';

/** The answers on a connection, one after the other. */
export function answersIn(bytes: Buffer): readonly RawAnswer[] {
  const answers: RawAnswer[] = [];
  let rest = bytes.toString('latin1');
  while (rest !== '') {
    const headEnd = rest.indexOf(endOfHead);
    if (headEnd === -1) return [...answers, { status: 'half an answer', headers: [], body: rest }];
    const [status = '', ...lines] = rest.slice(0, headEnd).split('\r\n');
    const headers = lines.map(inSmallLetters).sort();
    const { body, after } = bodyIn(rest.slice(headEnd + endOfHead.length), headers);
    answers.push({ status, headers: headers.filter((line) => !ownHeaders.test(line)), body });
    rest = after;
  }
  return answers;
}

/** With the name of the header as every reader takes it. */
const inSmallLetters = (line: string) =>
  line.replace(/^[^:]*/, (name) => name.toLowerCase()).replaceAll(/ +/g, ' ');

function bodyIn(text: string, headers: readonly string[]) {
  if (headers.includes('transfer-encoding: chunked')) return chunksIn(text);
  const length = headers.find((line) => line.startsWith('content-length: '))?.slice(16) ?? '0';
  // After HEAD there is a length, and no body.
  const end = /^(HTTP\/1\.1 |$)/.test(text) ? 0 : Number(length);
  return { body: text.slice(0, end), after: text.slice(end) };
}

function chunksIn(text: string) {
  let body = '';
  let at = 0;
  for (;;) {
    const lineEnd = text.indexOf('\r\n', at);
    const length = Number.parseInt(text.slice(at, lineEnd), 16);
    const start = lineEnd + 2;
    body += text.slice(start, start + length);
    at = start + length + 2;
    if (!(length > 0)) return { body, after: text.slice(at) };
  }
}
