import { badUserInput } from '../errors.ts';
import { remembering } from '../remembering.ts';

/** Opaque ids: `Token:3375` in base64url. The type and the upstream's own number, nothing that moves. */
export function encodeGlobalId(typename: string, id: string | number | bigint): string {
  return Buffer.from(`${typename}:${id}`).toString('base64url');
}

export interface GlobalId {
  readonly typename: string;
  readonly id: string;
}

/** Reads an opaque id, or refuses it in the name of the argument it was given for. */
export function decodeGlobalId(globalId: string, argument: unknown = 'id'): GlobalId {
  const decoded = decode(globalId);
  if (decoded === null) {
    throw badUserInput(
      typeof argument === 'string' ? argument : 'id',
      `is no id of this API: expected one that a field \`id\` answered, got ${quoted(globalId)}.`,
    );
  }
  return decoded;
}

const decode = remembering((globalId: string): GlobalId | null => {
  const text = Buffer.from(globalId, 'base64url').toString();
  const [, typename, id] = /^([A-Z][A-Za-z]*):(.+)$/.exec(text) ?? [];
  if (typename === undefined || id === undefined) return null;
  return encodeGlobalId(typename, id) === globalId ? { typename, id } : null;
});

/** The upstream's number in the id of a type of nodes. */
export function decodeNodeId(globalId: string, expected: string, argument: string): number {
  const { typename, id } = decodeGlobalId(globalId, argument);
  if (typename !== expected || !/^\d{1,10}$/.test(id)) {
    throw badUserInput(argument, `is no id of a ${expected}: got the id of a ${typename}.`);
  }
  return Number(id);
}

/** What a client sent, short enough to be repeated in a message. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
