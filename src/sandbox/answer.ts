/** What goes back over the wire, before it is written as JSON. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
  readonly rows: number;
}

/** Rows in the vendor's envelope. No rows is 404, as the vendor has it. */
export function rowsAnswer(rows: readonly object[]): Answer {
  if (rows.length === 0) return refusals.notFound;
  return {
    status: 200,
    headers: {},
    body: {
      success: true,
      message: 'Data fetched successfully',
      length: rows.length,
      data: rows,
    },
    rows: rows.length,
  };
}

/** Fields of their own in place of rows. */
export function fieldsAnswer(
  fields: Readonly<Record<string, unknown>>,
  message = 'Data fetched successfully',
): Answer {
  return { status: 200, headers: {}, body: { success: true, message, ...fields }, rows: 0 };
}

/** The vendor's refusals, in its own words where they are known. */
export const refusals = {
  badRequest: refusal(400, 'Some thing wrong'),
  unknownKey: refusal(401, 'Invalid API key'),
  plan: {
    status: 401,
    headers: {},
    // Without length and data, as users have seen it.
    body: {
      success: false,
      message: 'You are not authorized to access this endpoint with your current plan.',
    },
    rows: 0,
  },
  notFound: refusal(404, 'Data not found'),
  failed: refusal(500, 'Internal server error'),
} as const;

/** 429; the vendor is not known to send Retry-After, so it is sent only when asked for. */
export function tooManyRequests(retryAfterSeconds?: number): Answer {
  return refusal(429, 'Rate limit exceeded', retryAfterSeconds);
}

/** Any failing status in the same envelope. */
export function refusal(status: number, message: string, retryAfterSeconds?: number): Answer {
  return {
    status,
    headers: retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) },
    body: { success: false, message, length: 0, data: [] },
    rows: 0,
  };
}
