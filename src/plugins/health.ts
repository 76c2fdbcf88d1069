import type { Plugin } from 'graphql-yoga';

const probes = new WeakSet<Request>();

export const isProbe = (request: Request): boolean => probes.has(request);

export interface HealthOptions {
  /** Whether it should be given requests: `ready`, or why not. */
  readonly readiness: () => 'ready' | 'draining' | 'without-keys';
}

/** `/health/live`: the process answers. `/health/ready`: it should be given requests. */
export function useHealth({ readiness }: HealthOptions): Plugin {
  return {
    onRequest(payload) {
      const { request, url, fetchAPI } = payload;
      if (!url.pathname.startsWith('/health/')) return;
      probes.add(request);
      const answer = (status: number, body: string) =>
        payload.endResponse(
          new fetchAPI.Response(JSON.stringify({ status: body }), {
            status,
            headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
          }),
        );
      if (url.pathname === '/health/live') answer(200, 'live');
      else if (url.pathname === '/health/ready')
        answer(readiness() === 'ready' ? 200 : 503, readiness());
    },
  };
}
