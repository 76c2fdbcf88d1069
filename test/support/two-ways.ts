import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { sha256Hex } from '../../src/documents/hash.ts';

/** One request as a client sends it, with nothing added but a host. */
export interface Sent {
  readonly method?: string;
  /** The target, from its slash on. */
  readonly target?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** The address of this machine that it comes from. */
  readonly from?: string;
}

export interface Told {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Sends no header that changes anything, and one that the short way leaves to the long one. */
export const longWay = { 'x-cost-dry-run': 'no' } as const;

/** A client of a gateway on this machine that keeps its connections. */
export function createClient(port: number) {
  const agent = new Agent({ keepAlive: true });

  function send({ method = 'GET', target = '/graphql', headers, body, from }: Sent): Promise<Told> {
    const isChunked = headers?.['transfer-encoding'] !== undefined;
    const length = body === undefined || isChunked ? undefined : Buffer.byteLength(body);
    return new Promise((resolve, reject) => {
      const asked = request(
        {
          ...{ host: '127.0.0.1', port, method, path: target },
          // Connections of one address are not for another.
          ...(from === undefined ? { agent } : { agent: false, localAddress: from }),
          headers: { ...(length !== undefined && { 'content-length': length }), ...headers },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => void chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => {
            const text = Buffer.concat(chunks).toString();
            resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
          });
        },
      );
      asked.on('error', reject);
      asked.end(body);
    });
  }

  return {
    send,
    /** The same request by the long way. */
    sendLong: (sent: Sent) => send({ ...sent, headers: { ...sent.headers, ...longWay } }),
    close: () => agent.destroy(),
  };
}

export type Client = ReturnType<typeof createClient>;

export const json = { 'content-type': 'application/json' } as const;
export const graphqlJson = { accept: 'application/graphql-response+json' } as const;

/** A GET of a document by its hash. */
export function getOf(
  text: string,
  variables?: object,
  more: Readonly<Record<string, string>> = {},
): string {
  const extensions = { persistedQuery: { version: 1, sha256Hash: sha256Hex(text) } };
  const params = new URLSearchParams({
    ...(variables && { variables: JSON.stringify(variables) }),
    extensions: JSON.stringify(extensions),
    ...more,
  });
  return `/graphql?${params.toString()}`;
}

/** The POST that registers a document by its hash, and runs it. */
export const registrationOf = (text: string, variables: object = {}): Sent => ({
  method: 'POST',
  headers: json,
  body: JSON.stringify({
    query: text,
    variables,
    extensions: { persistedQuery: { version: 1, sha256Hash: sha256Hex(text) } },
  }),
});

/** What may differ between two answers to one request. */
const ownHeaders = ['date', 'x-request-id', 'transfer-encoding', 'content-length'];

/** All that has to be the same by whatever way an answer came. */
export function tellOf({ status, headers, text }: Told) {
  const compared = Object.entries(headers)
    .filter(([name]) => !ownHeaders.includes(name))
    .sort(([one], [other]) => (one < other ? -1 : 1));
  return { status, headers: Object.fromEntries(compared), text };
}

/** The data of an answer in its very text. */
export const dataOf = ({ text }: Told): string => JSON.stringify(JSON.parse(text).data);
