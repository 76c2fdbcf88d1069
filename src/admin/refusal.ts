import type { IncomingMessage } from 'node:http';

export interface Refusal {
  readonly status: number;
  readonly reason: string;
}

/**
 * Why a request is not answered. A page in an operator's browser can have its own name resolved to
 * this machine and then read what it likes; but the name stays in the Host header, and no page's is
 * an address of ours.
 */
export function refusalOf(
  { method, headers, socket }: IncomingMessage,
  host: string,
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
  if (method !== 'GET') {
    return { status: 405, reason: `${method} is not served here: expected GET.` };
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
