import type { Endpoint } from '../endpoint.ts';
import { generation2 } from './v2.ts';
import { generation3 } from './v3.ts';

/** Every path the sandbox answers. */
export const endpoints: ReadonlyMap<string, Endpoint> = new Map(
  [...generation2, ...generation3].map((endpoint) => [endpoint.path, endpoint]),
);
