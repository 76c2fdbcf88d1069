import { endpoints } from './endpoints/index.ts';

/** One thing a client may ask the sandbox for. */
export interface Served {
  readonly generation: 'v2' | 'v3';
  readonly method: 'GET' | 'POST';
  readonly path: string;
}

/** Everything the sandbox serves, generation by generation. */
export const coverage: readonly Served[] = [...endpoints.values()].map((endpoint) => ({
  generation: endpoint.path.startsWith('/v3/') ? 'v3' : 'v2',
  method: 'reply' in endpoint ? (endpoint.method ?? 'GET') : 'GET',
  path: endpoint.path,
}));
