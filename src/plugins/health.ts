import type { Plugin } from 'graphql-yoga';

const probes = new WeakSet<Request>();

export const isProbe = (request: Request): boolean => probes.has(request);

/** `/health/live`: the process answers. `/health/ready`: it should be given requests. */
export function useHealth({ isReady }: { readonly isReady: () => boolean }): Plugin {
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
        answer(isReady() ? 200 : 503, isReady() ? 'ready' : 'draining');
    },
  };
}
