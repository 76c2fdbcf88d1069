import type { IncomingMessage } from 'node:http';
import type { Admits } from './tokens.ts';

export interface Refusal {
  readonly status: number;
  readonly reason: string;
  /** What the answer carries besides. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Guards {
  /** The host the listener is on, which requests may name. */
  readonly host: string;
  readonly admits: Admits;
}

/**
 * Why a request is not answered. A page in an operator's browser can have its own name resolved to
 * this machine and then read what it likes; but the name stays in the Host header, and no page's is
 * an address of ours. A token is looked at after that: pages get nothing to try tokens on.
 */
export function refusalOf(
  { method, headers, socket }: IncomingMessage,
  { host, admits }: Guards,
): Refusal | undefined {
  const arrivedAt = socket.localAddress?.replace(/^::ffff:(?=\d)/, '') ?? host;
  const hosts = new Set([host, 'localhost', '127.0.0.1', '::1', arrivedAt].map(inHeader));
  if (!hosts.has(hostOf(headers.host ?? ''))) {
    const expected = [...hosts].join(', ');
    return { status: 403, reason: `The Host header names another host: expected ${expected}.` };
  }
  if (headers.origin !== undefined) {
    return {
      status: 403,
      reason: 'Pages of browsers are not answered: expected no Origin header.',
    };
  }
  if (!admits(headers.authorization)) {
    return {
      status: 401,
      // The same whatever is wrong: who guesses learns nothing.
      reason: 'Who asks is not known: expected the header "Authorization: Bearer <token>".',
      headers: { 'www-authenticate': 'Bearer' },
    };
  }
  if (method !== 'GET') {
    return {
      status: 405,
      reason: `${method} is not served here: expected GET.`,
      headers: { allow: 'GET' },
    };
  }
  return undefined;
}

/** The host of a Host header, without its port; nothing when it is none. */
function hostOf(header: string): string {
  return /^(\[[\da-f:.]+\]|[\w.-]+)(?::\d{1,5})?$/i.exec(header)?.[1]?.toLowerCase() ?? '';
}

function inHeader(host: string): string {
  return host.includes(':') ? `[${host.toLowerCase()}]` : host.toLowerCase();
}
