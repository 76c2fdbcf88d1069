import type { CORSOptions } from 'graphql-yoga';

/**
 * Yoga's CORS, but an allowlist: an origin that is not listed gets no header at all, where Yoga would
 * allow it `null`, and with it every sandboxed frame. Callers are known by headers, never by cookies,
 * so nobody gets credentials.
 */
export function createCors(origins: readonly string[], options: Omit<CORSOptions, 'origin'>) {
  const allowed = new Set(origins);
  return (request: Request): CORSOptions => {
    const origin = request.headers.get('origin');
    if (origin === null) return false;
    if (allowed.size > 0 && !allowed.has(origin)) return false;
    return { ...options, origin: [origin], credentials: false };
  };
}
