/** A bad day of the upstream. Every field does one thing; they may be combined. */
export interface Fault {
  /** Only requests for this path, e.g. `/v2/price`; all without it. */
  readonly path?: string;
  /** Only so many requests, then it is over; until cleared without it. */
  readonly times?: number;

  /** Waits before the first byte. */
  readonly latencyMs?: number;
  /** Answers with this status, e.g. 429, 500, 502, 503 or 504, before the key is looked at. */
  readonly status?: number;
  /** Retry-After of that status; without it none is sent. */
  readonly retryAfterSeconds?: number;
  /** Has no row for anybody: the 404 of an empty answer, before the key is looked at. */
  readonly noRows?: boolean;
  /** Resets the connection instead of answering. */
  readonly resetConnection?: boolean;

  /** Sends the body piece by piece over this time. */
  readonly slowBodyMs?: number;
  /** Closes the socket half way through the body. */
  readonly cutBody?: boolean;
  /** Sends half of the JSON, and a content-length that agrees. */
  readonly truncatedJson?: boolean;
  /** Sends a page of HTML with the status of the answer. */
  readonly htmlBody?: boolean;
  /** Sends no body at all. */
  readonly emptyBody?: boolean;
  /** Sends all of the body, and a content-length of half of it. */
  readonly wrongContentLength?: boolean;

  /** Reads only the first member of token_id, symbol, token_name and slug. */
  readonly firstIdOnly?: boolean;
  /** Writes every number of a row as text. */
  readonly stringNumbers?: boolean;
  /** Publishes rows, prices too, so many days late. */
  readonly rowLagDays?: number;
  /** Leaves these tokens out of every answer. */
  readonly missingIds?: readonly number[];
  /** Sends every row twice. */
  readonly duplicatedRows?: boolean;
  /** Adds so many rows of tokens that nobody asked for. */
  readonly strangerRows?: number;
}

/** The faults in force. */
export interface Faults {
  /** Puts these in force instead of those before. The first that fits a request applies, no other. */
  set(...faults: readonly Fault[]): void;
  clear(): void;
}

/** Faults and the question which of them a request meets; asking counts. */
export function createFaults() {
  let inForce: readonly { readonly fault: Fault; left: number }[] = [];
  return {
    set(...faults: readonly Fault[]): void {
      inForce = faults.map((fault) => ({ fault, left: fault.times ?? Infinity }));
    },
    clear(): void {
      inForce = [];
    },
    take(path: string): Fault {
      const found = inForce.find(
        ({ fault, left }) => left > 0 && (fault.path === undefined || fault.path === path),
      );
      if (found === undefined) return {};
      found.left -= 1;
      return found.fault;
    },
  };
}
