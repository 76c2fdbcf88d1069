/** What is wrong with an answer as GraphQL over HTTP; nothing when it is well-formed. */
export function faultOf(answer: {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}): string | undefined {
  const { status, contentType, body } = answer;
  if (status >= 500) return `status ${status}`;
  if (status < 200) return `status ${status}`;
  if (status === 204 || status === 304) return body === '' ? undefined : `a body with ${status}`;
  if (!/^application\/(graphql-response\+)?json; charset=utf-8$/.test(contentType)) {
    return `content-type ${contentType}`;
  }
  let answered: unknown;
  try {
    answered = JSON.parse(body);
  } catch {
    return 'no JSON';
  }
  if (typeof answered !== 'object' || answered === null || Array.isArray(answered)) return 'no map';
  const { data, errors, ...rest } = { data: undefined, errors: undefined, ...answered };
  const others = Object.keys(rest).filter((name) => name !== 'extensions');
  if (others.length > 0) return `members ${others.join()}`;
  if (data === undefined && errors === undefined) return 'neither data nor errors';
  if (status >= 400 && data !== undefined && data !== null) return 'data with a refusal';
  if (errors === undefined) return undefined;
  const list: unknown = errors;
  if (!Array.isArray(list) || list.length === 0) return 'errors are no list';
  for (const error of list) {
    if (typeof error?.message !== 'string') return 'an error without a message';
    if (typeof error?.extensions?.code !== 'string') return 'an error without a code';
    if (error.extensions.code === 'INTERNAL') return 'a fault of the gateway';
  }
  return /node_modules|\.ts:\d|at .*\(.*:\d+:\d+\)/.test(body) ? 'a stack' : undefined;
}
