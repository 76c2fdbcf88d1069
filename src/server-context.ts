import type { IncomingMessage } from 'node:http';

/** What a Node server hands to a request; nothing when the app is called through `fetch`. */
export interface ServerContext {
  readonly req?: IncomingMessage;
}

/** Where a request came from. */
export const addressOf = ({ req }: ServerContext): string => req?.socket.remoteAddress ?? 'none';
