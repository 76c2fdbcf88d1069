import { GraphQLError } from 'graphql';
import { UpstreamError, type UpstreamErrorKind } from './upstreams/errors.ts';

/**
 * The public codes, in one table: what each means is in the README. A code that was released keeps
 * its meaning.
 */
export const codes = {
  GRAPHQL_PARSE_FAILED: 'The document is no GraphQL.',
  GRAPHQL_VALIDATION_FAILED: 'The document does not fit the schema.',
  OPERATION_RESOLUTION_FAILURE: 'The document does not say which operation is to run.',
  BAD_USER_INPUT: 'An argument or variable has a value that cannot be used.',
  BAD_REQUEST: 'The HTTP request is no GraphQL request.',
  PERSISTED_QUERY_NOT_FOUND: 'The hash is not known yet: send it once with its document.',
  PERSISTED_QUERY_NOT_SUPPORTED: 'This version of persisted queries is not spoken here.',
  PERSISTED_QUERY_MISMATCH: 'The hash is not the SHA-256 of the document.',
  PERSISTED_QUERY_NOT_IN_LIST: 'No trusted document has this id.',
  PERSISTED_QUERY_ONLY: 'Free text is not accepted here, only persisted documents.',
  UNAUTHENTICATED: 'The request shows no credential, or one that is not accepted.',
  AUTHENTICATION_UNAVAILABLE: 'The credential cannot be verified at the moment.',
  FORBIDDEN: "The caller's plan does not include the field.",
  PLAN_LIMIT_EXCEEDED: "The operation asks for more than the caller's plan allows.",
  QUOTA_EXCEEDED: "The caller's plan has too little left: wait retryAfterSeconds.",
  COST_LIMIT_EXCEEDED: 'The operation costs more points or credits than one operation may.',
  RATE_LIMITED: 'The field was asked for too often: wait retryAfterSeconds.',
  REQUEST_TIMEOUT: 'The operation took too long and was abandoned.',
  INTROSPECTION_DISABLED: 'The schema cannot be asked for here.',
  UPSTREAM_TIMEOUT: 'The upstream did not answer in time.',
  UPSTREAM_UNAVAILABLE: 'The upstream could not be reached or failed.',
  UPSTREAM_RATE_LIMITED: 'The upstream asks us to slow down.',
  UPSTREAM_AUTH: 'The upstream does not accept the credentials of this gateway.',
  UPSTREAM_PLAN_RESTRICTED: "The endpoint is not part of this gateway's plan with the upstream.",
  UPSTREAM_REJECTED: 'The upstream refused the request as invalid.',
  UPSTREAM_WITHDRAWN: 'The upstream no longer serves this data.',
  UPSTREAM_BAD_DATA: 'The upstream answered something that is not its documented data.',
  UPSTREAM_BUDGET_EXHAUSTED:
    'The credits of this gateway with the upstream are used up: wait retryAfterSeconds.',
  INTERNAL: 'A fault of this gateway.',
} as const;

export type Code = keyof typeof codes;

interface Translation {
  readonly code: Code;
  readonly message: string;
  /** Whether the same request may succeed later by itself. */
  readonly retryable: boolean;
}

const upstreamCodes: Record<UpstreamErrorKind, Translation> = {
  timeout: { code: 'UPSTREAM_TIMEOUT', message: codes.UPSTREAM_TIMEOUT, retryable: true },
  network: { code: 'UPSTREAM_UNAVAILABLE', message: codes.UPSTREAM_UNAVAILABLE, retryable: true },
  unavailable: {
    code: 'UPSTREAM_UNAVAILABLE',
    message: codes.UPSTREAM_UNAVAILABLE,
    retryable: true,
  },
  cancelled: {
    code: 'UPSTREAM_UNAVAILABLE',
    message: codes.UPSTREAM_UNAVAILABLE,
    retryable: true,
  },
  'rate-limited': {
    code: 'UPSTREAM_RATE_LIMITED',
    message: codes.UPSTREAM_RATE_LIMITED,
    retryable: true,
  },
  auth: { code: 'UPSTREAM_AUTH', message: codes.UPSTREAM_AUTH, retryable: false },
  'plan-restricted': {
    code: 'UPSTREAM_PLAN_RESTRICTED',
    message: codes.UPSTREAM_PLAN_RESTRICTED,
    retryable: false,
  },
  rejected: { code: 'UPSTREAM_REJECTED', message: codes.UPSTREAM_REJECTED, retryable: false },
  withdrawn: { code: 'UPSTREAM_WITHDRAWN', message: codes.UPSTREAM_WITHDRAWN, retryable: false },
  'budget-exhausted': {
    code: 'UPSTREAM_BUDGET_EXHAUSTED',
    message: codes.UPSTREAM_BUDGET_EXHAUSTED,
    retryable: true,
  },
  'bad-data': { code: 'UPSTREAM_BAD_DATA', message: codes.UPSTREAM_BAD_DATA, retryable: true },
};

const sources: Readonly<Record<string, string>> = { tokenMetrics: 'TOKEN_METRICS' };

/** A client's mistake in an argument; the argument is named in the message and in `argument`. */
export function badUserInput(argument: string, problem: string): GraphQLError {
  return new GraphQLError(`Argument "${argument}" ${problem}`, {
    extensions: { code: 'BAD_USER_INPUT', argument },
  });
}

/** Tells what happened to someone who keeps a log: an upstream's failure, or one of ours, and in what. */
export type OnFault<Where> = (fault: 'upstream' | 'internal', error: Error, where: Where) => void;

/** The only translator from what was thrown to what a client is told. */
export function createMaskError<Where = void>(
  onFault: OnFault<Where>,
): (error: unknown, where: Where) => GraphQLError {
  return (error, where) => {
    const graphqlError = error instanceof GraphQLError ? error : undefined;
    const cause = rootCause(error);
    if (cause instanceof UpstreamError) {
      if (cause.kind !== 'cancelled') onFault('upstream', cause, where);
      const { code, message, retryable } = upstreamCodes[cause.kind];
      return at(graphqlError, message, {
        code,
        source: sources[cause.upstream] ?? 'GATEWAY',
        retryable,
        ...(cause.retryAfterSeconds === undefined
          ? {}
          : { retryAfterSeconds: cause.retryAfterSeconds }),
      });
    }
    // A GraphQLError with no foreign cause was written for the client, here or by graphql itself.
    if (graphqlError !== undefined && cause instanceof GraphQLError) return tidied(graphqlError);
    const fault = cause instanceof Error ? cause : new Error('thrown value is no Error');
    onFault('internal', fault, where);
    return at(graphqlError, 'Something went wrong in the gateway.', {
      // A field's failure leaves the rest of the answer; any other fails the whole request.
      ...(graphqlError?.path === undefined ? { http: { status: 500 } } : {}),
      code: 'INTERNAL',
      source: 'GATEWAY',
      retryable: false,
    });
  };
}

function rootCause(error: unknown): unknown {
  let cause = error;
  while (cause instanceof GraphQLError && cause.originalError !== undefined) {
    cause = cause.originalError;
  }
  return cause;
}

/**
 * Without the cause that the body parser attaches: it repeats what was sent. Such a body is no
 * GraphQL request, so its refusal keeps its status whatever media type is accepted.
 */
function tidied(error: GraphQLError): GraphQLError {
  if (!('originalError' in error.extensions)) return error;
  const { originalError: _sent, http, ...extensions } = error.extensions;
  return at(error, error.message, { ...extensions, http: { ...Object(http), spec: false } });
}

/** The same place in the answer, with other words. */
function at(
  error: GraphQLError | undefined,
  message: string,
  extensions: Record<string, unknown>,
): GraphQLError {
  return new GraphQLError(message, {
    nodes: error?.nodes,
    source: error?.source,
    positions: error?.positions,
    path: error?.path,
    extensions,
  });
}
