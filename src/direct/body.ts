/** The body of an answer: a text, and bytes behind it. */
export interface DirectBody {
  readonly text: string;
  /** Of ASCII, both are the same bytes, and `latin1` need not look for others. */
  readonly encoding: 'latin1' | 'utf8';
  readonly bytes: Buffer;
  /** Bytes of both. */
  readonly length: number;
}

const noBytes = Buffer.alloc(0);

export function textBody(text: string): DirectBody {
  const length = Buffer.byteLength(text);
  return { text, encoding: length === text.length ? 'latin1' : 'utf8', bytes: noBytes, length };
}

/** Of ASCII, and bytes behind it. */
export function bytesBody(text: string, bytes: Buffer): DirectBody {
  return { text, encoding: 'latin1', bytes, length: text.length + bytes.length };
}
