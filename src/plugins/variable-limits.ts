import { GraphQLError } from 'graphql';

/** No argument of the graph takes half of any of these. */
const maxima = {
  'levels of nesting': 10,
  'values in one list': 250,
  'characters in one string': 10_000,
  values: 5000,
  /** As JSON writes them, more or less: what is counted is the text of names, strings and scalars. */
  bytes: 65_536,
} as const;

type Limit = keyof typeof maxima;

/** Throws when the variables of a request, or its extensions, are more than anyone can mean. */
export function checkVariables(given: unknown, part?: string): void {
  if (typeof given !== 'object' || given === null) return;
  const sum = { values: 0, bytes: 0 };
  for (const [name, value] of Object.entries(given)) {
    const refuse = (limit: Limit, found: number): never => {
      throw refusal({ name, part, limit, found });
    };
    sum.bytes += name.length;
    count(value, sum, refuse);
  }
}

interface Sum {
  values: number;
  bytes: number;
}

/** Without recursion: what is nested by the ten thousand must not reach what recurses. */
function count(value: unknown, sum: Sum, refuse: (limit: Limit, found: number) => never): void {
  const rest: { readonly value: unknown; readonly depth: number }[] = [{ value, depth: 1 }];
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    const { value: one, depth } = next;
    sum.values += 1;
    sum.bytes += 1;
    if (sum.values > maxima.values) refuse('values', sum.values);
    if (typeof one === 'string') {
      if (one.length > maxima['characters in one string']) {
        refuse('characters in one string', one.length);
      }
      sum.bytes += Buffer.byteLength(one);
    } else if (typeof one === 'object' && one !== null) {
      if (depth > maxima['levels of nesting']) refuse('levels of nesting', depth);
      if (Array.isArray(one)) {
        if (one.length > maxima['values in one list']) refuse('values in one list', one.length);
        for (const item of one) rest.push({ value: item, depth: depth + 1 });
      } else {
        for (const [name, item] of Object.entries(one)) {
          sum.bytes += name.length;
          rest.push({ value: item, depth: depth + 1 });
        }
      }
    }
    if (sum.bytes > maxima.bytes) refuse('bytes', sum.bytes);
  }
}

interface Refused {
  readonly name: string;
  readonly part: string | undefined;
  readonly limit: Limit;
  readonly found: number;
}

function refusal({ name, part, limit, found }: Refused): GraphQLError {
  // A name is the sender's too: it is repeated only when it can be one.
  const known = /^\w{1,64}$/.test(name) ? name : undefined;
  const what = part ?? (known === undefined ? 'The variables' : `Variable "$${known}"`);
  return new GraphQLError(`${what}: ${found} ${limit}, expected at most ${maxima[limit]}.`, {
    extensions: {
      code: part === undefined ? 'BAD_USER_INPUT' : 'BAD_REQUEST',
      ...(part === undefined && known !== undefined ? { argument: known } : {}),
      limit,
      max: maxima[limit],
      found,
      http: { status: 400, spec: true },
    },
  });
}
