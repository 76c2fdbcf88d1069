import { once } from 'node:events';
import { connect } from 'node:net';
import { onTestFinished } from 'vitest';

export type BareConnection = Awaited<ReturnType<typeof openBare>>;

/** A bare connection, and everything that came over it so far. */
export async function openBare(origin: string) {
  const { hostname, port } = new URL(origin);
  const socket = connect(Number(port), hostname);
  onTestFinished(() => void socket.destroy());
  const state: { received: string; failure: Error | undefined } = {
    received: '',
    failure: undefined,
  };
  socket.setEncoding('utf8').on('data', (text: string) => (state.received += text));
  socket.on('error', (error) => (state.failure = error));
  const closed = new Promise<void>((done) => socket.once('close', () => done()));
  await once(socket, 'connect');
  return {
    socket,
    closed,
    get received() {
      return state.received;
    },
    /** What it broke off with; undefined where it was closed in order. */
    get failure() {
      return state.failure;
    },
    /** Waits for more than has come so far. */
    more: async (): Promise<string> => {
      const before = state.received.length;
      await once(socket, 'data');
      return state.received.slice(before);
    },
  };
}

export function postOf(body: string, length = Buffer.byteLength(body)): string {
  return `POST /graphql HTTP/1.1\r\nhost: gateway\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n${body}`;
}
