import type { Plugin } from 'graphql-yoga';
import type { Authenticate, Recognised } from '../callers/authenticate.ts';
import { setCaller, type Unrecognised } from '../callers/caller.ts';
import { addressOf, type ServerContext } from '../server-context.ts';

/** What a client is told: what was expected, and nothing that helps to guess. */
const messages: Record<Unrecognised, string> = {
  missing:
    'Who asks? Expected an API key in the header x-api-key, or a bearer token in Authorization.',
  'two-credentials': 'Expected one credential: x-api-key or Authorization, not both.',
  malformed:
    'The credential is not one: expected x-api-key: assay_<prefix>_<secret>, or Authorization: Bearer <token>.',
  unknown: 'The credential is not known here.',
  revoked: 'The key was revoked.',
  expired: 'The credential has expired.',
  'not-yet': 'The credential is not valid yet.',
  'not-accepted': 'The token is not accepted here.',
  unavailable: 'The credential cannot be verified at the moment.',
  'no-plan': 'The credential belongs to no plan of this gateway: ask its operator.',
};

/** Finds out who sent a request before its body is read or anything is looked up for it. */
export function useAuthentication(authenticate: Authenticate): Plugin<object, ServerContext> {
  return {
    async onRequestParse({ request, endResponse, fetchAPI, serverContext }) {
      const { headers } = request;
      const recognised = await authenticate({
        apiKey: headers.get('x-api-key'),
        authorization: headers.get('authorization'),
        address: addressOf(serverContext),
      });
      if (recognised.kind === 'caller') return setCaller(request, recognised.caller);
      const { status, headers: more, body } = refusal(recognised);
      endResponse(
        new fetchAPI.Response(JSON.stringify(body), {
          status,
          headers: {
            'content-type': 'application/json; charset=utf-8',
            'cache-control': 'no-store',
            ...more,
          },
        }),
      );
    },
  };
}

interface Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: object;
}

function refusal({ reason }: Extract<Recognised, { kind: 'refused' }>): Refusal {
  const message = messages[reason];
  if (reason === 'unavailable') {
    const extensions = { code: 'AUTHENTICATION_UNAVAILABLE', retryAfterSeconds };
    return {
      status: 503,
      headers: { 'retry-after': String(retryAfterSeconds) },
      body: { errors: [{ message, extensions }] },
    };
  }
  return {
    status: 401,
    headers: { 'www-authenticate': 'Bearer, ApiKey header="x-api-key"' },
    body: { errors: [{ message, extensions: { code: 'UNAUTHENTICATED' } }] },
  };
}

/** Longer than a fetch of an issuer's keys may take. */
const retryAfterSeconds = 5;
