/** One request as it came in and as it was answered. */
export interface SandboxRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** 0 when the connection was reset instead of an answer. */
  readonly status: number;
  readonly rows: number;
  /** The name of the key's plan, never the key; undefined for a stranger. */
  readonly plan: string | undefined;
  /** Milliseconds on the sandbox's clock. */
  readonly at: number;
}

const requestsMax = 10_000;

/** Keeps the last 10,000 requests, oldest first. */
export function createRequestLog() {
  const requests: SandboxRequest[] = [];
  return {
    requests,
    add(request: SandboxRequest): void {
      requests.push(request);
      if (requests.length > requestsMax) requests.shift();
    },
    clear(): void {
      requests.length = 0;
    },
  };
}
