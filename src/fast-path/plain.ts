import type { DirectHeaders, DirectRequest } from '../direct/exchange.ts';
import { isJson, isUnforced } from '../plugins/request-guard.ts';

/** Whether a request is one that the short way knows how to answer. */
export function isPlain({ method, url = '', headers }: DirectRequest): boolean {
  if (!url.startsWith('/graphql') || isSpecial(headers)) return false;
  if (method === 'POST') return url.length === 8 && isPlainJson(textOf(headers['content-type']));
  return method === 'GET' && url[8] === '?' && isUnforced((name) => textOf(headers[name]));
}

/** Whether headers ask for something out of the ordinary. */
const isSpecial = (headers: DirectHeaders): boolean =>
  headers.origin !== undefined ||
  headers['content-encoding'] !== undefined ||
  headers['x-cost-dry-run'] !== undefined ||
  headers['x-max-stale-seconds'] !== undefined;

/** Other spellings are for the long way to judge. */
const isPlainJson = (contentType: string | undefined) =>
  contentType === 'application/json' ||
  (contentType?.startsWith('application/json;') === true && isJson(contentType));

const textOf = (value: string | string[] | undefined) =>
  Array.isArray(value) ? value.join(', ') : value;
