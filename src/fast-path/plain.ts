import type { DirectRequest } from '../direct/exchange.ts';
import { isJson, isUnforced } from '../plugins/request-guard.ts';

/** Headers that ask for something out of the ordinary. */
const special = ['origin', 'content-encoding', 'x-cost-dry-run', 'x-max-stale-seconds'] as const;

/** Whether a request is one that the short way knows how to answer. */
export function isPlain({ method, url = '', headers }: DirectRequest): boolean {
  if (!url.startsWith('/graphql') || special.some((name) => headers[name] !== undefined)) {
    return false;
  }
  if (method === 'POST') return url.length === 8 && isPlainJson(textOf(headers['content-type']));
  return method === 'GET' && url[8] === '?' && isUnforced((name) => textOf(headers[name]));
}

/** Other spellings are for the long way to judge. */
const isPlainJson = (contentType: string | undefined) =>
  contentType === 'application/json' ||
  (contentType?.startsWith('application/json;') === true && isJson(contentType));

const textOf = (value: string | string[] | undefined) =>
  Array.isArray(value) ? value.join(', ') : value;
