import { resolve } from 'node:path';
import { type ChildServer, startChildServer } from './child-server.ts';
import { startGateway } from './gateway.ts';
import { root } from './machine.ts';
import type { RowKeeping } from './row-keeping.ts';
import { type Folder, listDocument, namesDocument } from './workload.ts';

/** Who answers lists from an upstream. */
export interface Lane {
  /** As the tables name it. */
  readonly name: string;
  readonly document: string;
  /** Whether bounds are held to it: to the gateway, that is. */
  readonly hasBounds: boolean;
  start(folder: Folder, upstreamOrigin: string): Promise<ChildServer>;
}

export interface Listed {
  readonly list: string;
  readonly document: string;
}

/** `graded` is of three endpoints, `names` of one. */
export const lists: ReadonlyMap<string, Listed> = new Map([
  ['graded', { list: 'graded', document: listDocument }],
  ['names', { list: 'names', document: namesDocument }],
]);

/** To the upstream: as many as are used. Who sends every call of every list has several for each caller. */
const connections = { gateway: '64', proxy: '300' };

/** The gateway, with rows kept for so long and no answers. */
export const gatewayLane = ({ list, document }: Listed, { suffix, env }: RowKeeping): Lane => ({
  ...{ name: `${list}${suffix}`, document, hasBounds: true },
  start: (folder, upstreamOrigin) =>
    startGateway({
      env: {
        ...folder.env,
        TOKENMETRICS_API_KEY: 'bench',
        TOKENMETRICS_BASE_URL: `${upstreamOrigin}/v2`,
        TOKENMETRICS_CONNECTIONS: connections.gateway,
        ANSWERS_MEMORY_MB: '0',
        ...env,
      },
    }),
});

/** Node by itself on the same way, which tells what there is to gain on this machine. */
export const proxyLane = ({ list, document }: Listed): Lane => ({
  ...{ name: `${list}, bare proxy`, document, hasBounds: false },
  start: (_folder, upstreamOrigin) =>
    startChildServer({
      command: [
        process.execPath,
        resolve(root, 'test/bench/speed/servers/bare-proxy.mjs'),
        ...[upstreamOrigin, list, connections.proxy],
      ],
    }),
});
