import type { ResponsePath as GraphQLPath } from 'graphql';

/** Where a value stands in the answer: made only below composite values, for errors and for `info`. */
export class ResponsePath implements GraphQLPath {
  readonly prev: ResponsePath | undefined;
  readonly key: string | number;
  readonly typename: string | undefined;

  constructor(prev: ResponsePath | undefined, key: string | number, typename: string | undefined) {
    this.prev = prev;
    this.key = key;
    this.typename = typename;
  }
}

/** The path of the field that an item of a list (of lists) belongs to. */
export function fieldPathOf(path: ResponsePath): ResponsePath {
  let field = path;
  while (field.typename === undefined && field.prev !== undefined) field = field.prev;
  return field;
}
