import { request as open } from 'node:http';
import { headersOf, type Request, requestOf } from './workload.ts';

export interface Asked {
  readonly status: number;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  readonly text: string;
  /** Of the whole answer, as `wrk` counts them. */
  readonly bytes: number;
  readonly ms: number;
}

/** Sends one request with the headers that `wrk.lua` sends. */
export function ask(origin: string, asked: Request, key: string): Promise<Asked> {
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const outgoing = open(
      new URL(asked.path, origin),
      { method: asked.method, headers: headersOf(asked, key) },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('error', reject);
        response.once('end', () => {
          const body = Buffer.concat(chunks);
          const head = ['HTTP/1.1', response.statusCode, response.statusMessage].join(' ').length;
          const headers = response.rawHeaders.reduce((sum, text) => sum + text.length + 2, 0);
          resolve({
            status: response.statusCode ?? 0,
            headers: response.rawHeaders,
            text: body.toString(),
            bytes: head + 2 + headers + 2 + body.length,
            ms: performance.now() - startedAt,
          });
        });
      },
    );
    outgoing.once('error', reject);
    outgoing.end(asked.body);
  });
}

/** The data of an answer that is whole; throws what came instead. */
export async function dataOf(origin: string, asked: Request, key: string): Promise<any> {
  const { status, text } = await ask(origin, asked, key);
  const { data, errors } = status === 200 ? JSON.parse(text) : { data: null, errors: [] };
  if (data !== null && data !== undefined && errors === undefined) return data;
  throw new Error(`${asked.method} ${origin}: expected data, got ${status}: ${text.slice(0, 500)}`);
}

/** Token Metrics' numbers of the largest tokens. */
export async function topTokenIds(
  origin: string,
  key: string,
  count: number,
): Promise<readonly number[]> {
  const document = `{ topTokens(first: ${count}) { nodes { tokenMetricsId } } }`;
  const { topTokens } = await dataOf(origin, requestOf('ad-hoc', document, []), key);
  return topTokens.nodes.map((node: any) => node.tokenMetricsId);
}
