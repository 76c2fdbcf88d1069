import type { Plugin } from 'graphql-yoga';

/** Of every answer, whoever gives it. CORS is unaffected: it allows reading, this is for embedding. */
export const securityHeaders = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'cross-origin-resource-policy': 'same-origin',
} as const;

/** Data is no page: nothing in it may be loaded or run. */
export const dataPolicy = "default-src 'none'; frame-ancestors 'none'";
/** GraphiQL is one file with its scripts inline, so only where it stands can be bounded. */
const pagePolicy = "frame-ancestors 'none'; base-uri 'none'; object-src 'none'; form-action 'none'";

export interface SecurityHeadersOptions {
  /** How long browsers are to come by HTTPS only; 0 says nothing of it. */
  readonly hstsSeconds: number;
}

export function securityHeadersWith({
  hstsSeconds,
}: SecurityHeadersOptions): Readonly<Record<string, string>> {
  return {
    ...securityHeaders,
    ...(hstsSeconds > 0 && { 'strict-transport-security': `max-age=${hstsSeconds}` }),
  };
}

export function useSecurityHeaders({ hstsSeconds }: SecurityHeadersOptions): Plugin {
  const always = Object.entries(securityHeadersWith({ hstsSeconds }));
  return {
    onResponse({ response: { headers } }) {
      for (const [name, value] of always) headers.set(name, value);
      const isPage = headers.get('content-type')?.startsWith('text/html') ?? false;
      headers.set('content-security-policy', isPage ? pagePolicy : dataPolicy);
      // Also without an origin, or one that is not allowed: a cache must not give that to one that is.
      const vary = headers.get('vary');
      if (!/\borigin\b/i.test(vary ?? '')) {
        headers.set('vary', vary === null ? 'Origin' : `${vary}, Origin`);
      }
    },
  };
}
