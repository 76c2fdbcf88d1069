import type { Plugin } from 'graphql-yoga';
import { errorBody } from './http-errors.ts';

/** A page of another origin can send none of these without asking first, by a CORS preflight. */
const forcingHeaders = [
  'x-apollo-operation-name',
  'apollo-require-preflight',
  'graphql-require-preflight',
] as const;

const notForced = `A browser could have been made to send this request by any page: expected content-type: application/json, a non-empty ${forcingHeaders.join(' or ')} header, or, outside of browsers, accept: application/graphql-response+json or application/json.`;
const badEncoding = 'The body is compressed: expected no content-encoding.';

/**
 * Refuses before anything is read what a foreign page could have a browser send, and bodies that are
 * not JSON in UTF-8. Apollo's clients for the web, iOS and Kotlin send one of the headers with every
 * GET, so what a CDN keeps of them stays as it is.
 */
export function useRequestGuard(): Plugin {
  return {
    onRequestParse({ request, endResponse, fetchAPI }) {
      const { method, headers } = request;
      const refuse = (status: number, body: string, more = {}) =>
        endResponse(
          new fetchAPI.Response(body, {
            status,
            headers: { 'content-type': 'application/json; charset=utf-8', ...more },
          }),
        );
      if (method === 'GET') {
        if (!isUnforced((name) => headers.get(name))) refuse(400, saying(notForced));
      } else if (method === 'POST') {
        const encoding = headers.get('content-encoding') ?? 'identity';
        if (encoding !== 'identity') {
          return refuse(415, saying(badEncoding), { 'accept-encoding': 'identity' });
        }
        if (!isJson(headers.get('content-type'))) refuse(415, errorBody(415));
      }
    },
  };
}

const saying = (message: string) =>
  JSON.stringify({ errors: [{ message, extensions: { code: 'BAD_REQUEST' } }] });

type HeaderOf = (name: GuardHeader) => string | null | undefined;

type GuardHeader =
  | (typeof forcingHeaders)[number]
  | 'accept'
  | 'content-type'
  | 'origin'
  | 'sec-fetch-mode'
  | 'sec-fetch-site';

/** Whether no foreign page can have made a browser send a GET with these headers. */
export function isUnforced(headerOf: HeaderOf): boolean {
  return isNoForeignPage(headerOf) || isForced(headerOf);
}

function isForced(headerOf: HeaderOf): boolean {
  return forcingHeaders.some((name) => Boolean(headerOf(name))) || isJson(headerOf('content-type'));
}

/**
 * Navigations, images, scripts and forms ask for other types. `fetch` may ask for any, but then every
 * browser of today says what site it is on, and what reads across origins says its origin.
 */
function isNoForeignPage(headerOf: HeaderOf): boolean {
  const site = headerOf('sec-fetch-site') ?? 'same-origin';
  if (typeof headerOf('origin') === 'string' || site !== 'same-origin') return false;
  if (headerOf('sec-fetch-mode') === 'cors') return true;
  const accept = headerOf('accept');
  return typeof accept !== 'string' || /\bapplication\/(graphql-response\+)?json\b/i.test(accept);
}

/** `application/json`, in no other charset than UTF-8. */
export function isJson(contentType: string | null | undefined): boolean {
  if (contentType === 'application/json') return true;
  const [type, ...parameters] = (contentType ?? '').split(';').map((part) => part.trim());
  if (type?.toLowerCase() !== 'application/json') return false;
  return parameters.every((parameter) => {
    const [name, value = ''] = parameter.toLowerCase().split('=');
    return name?.trim() !== 'charset' || /^"?utf-?8"?$/.test(value.trim());
  });
}
