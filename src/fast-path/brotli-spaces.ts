/** From how many literals on each code of an insert length stands for them (RFC 7932, 5). */
const insertLengths = [0, 1, 2, 3, 4, 5, 6, 8, 10, 14, 18, 26, 34, 50, 66, 98, 130, 194, 322];
/** Of the codes for literals and a copy: where those of eight insert lengths each begin. */
const insertCells = [128, 256, 448] as const;

const blocks = new Map<number, Uint8Array>();

/**
 * So many spaces, 2 to 321, in eleven bytes or fewer: a meta-block with one symbol in each of its
 * codes, so that literals take no bits, and an empty one that ends on a whole byte. It copies nothing.
 */
export function spacesBlock(count: number): Uint8Array {
  const known = blocks.get(count);
  if (known !== undefined) return known;
  if (count < 2 || count > 321) throw new RangeError(`expected 2 to 321 spaces, got ${count}`);
  const made = writeSpaces(count);
  blocks.set(count, made);
  return made;
}

function writeSpaces(count: number): Uint8Array {
  const insertCode = insertLengths.findLastIndex((from) => from <= count);
  const from = insertLengths[insertCode] ?? 0;
  const span = (insertLengths[insertCode + 1] ?? 0) - from;
  const command = (insertCells[insertCode >> 3] ?? 0) + ((insertCode & 7) << 3);
  return pack([
    // Not the last; its length less one in four nibbles.
    [0, 3],
    [count - 1, 16],
    // Compressed; one type of block, one context mode and one code for each kind of symbol.
    [0, 14],
    ...onlySymbol(0x20, 8),
    ...onlySymbol(command, 10),
    ...onlySymbol(0, 6),
    // The one command; the block ends with its literals, before its copy.
    [count - from, Math.log2(span)],
    // Not the last, no length, nothing to skip; the rest of the byte is not read.
    [6, 6],
  ]);
}

type Field = readonly [value: number, bits: number];

/** A simple code (RFC 7932, 3.4) of one symbol. */
const onlySymbol = (symbol: number, bits: number): Field[] => [
  [1, 2],
  [0, 2],
  [symbol, bits],
];

/** The first bit is the lowest of the first byte. */
function pack(fields: readonly Field[]): Uint8Array {
  const width = fields.reduce((sum, [, bits]) => sum + bits, 0);
  const bytes = new Uint8Array(Math.ceil(width / 8));
  let at = 0;
  for (const [value, bits] of fields) {
    for (let bit = 0; bit < bits; bit += 1, at += 1) {
      bytes[at >> 3] = (bytes[at >> 3] ?? 0) | (((value >> bit) & 1) << (at & 7));
    }
  }
  return bytes;
}
