import type { Socket } from 'node:net';

/** What Node writes of a text without asking for memory, too. */
const pieceBytesMax = 16_384;
let piece = Buffer.allocUnsafeSlow(pieceBytesMax);

/**
 * Writes a text and the bytes behind it at once; answers what `write` does. They are put together in one
 * buffer for all connections, because what the kernel takes at once is not looked at any more.
 */
export function writeWhole(
  socket: Socket,
  text: string,
  encoding: 'latin1' | 'utf8',
  bytes: Buffer,
): boolean {
  if (bytes.length === 0) return socket.write(text, encoding);
  // A character is three bytes at most.
  if (socket.writableLength > 0 || 3 * text.length + bytes.length > pieceBytesMax) {
    socket.cork();
    socket.write(text, encoding);
    const isTaken = socket.write(bytes);
    socket.uncork();
    return isTaken;
  }
  const start = piece.write(text, encoding);
  bytes.copy(piece, start);
  const isTaken = socket.write(piece.subarray(0, start + bytes.length));
  // The rest waits for the client, where it is.
  if (socket.writableLength > 0) piece = Buffer.allocUnsafeSlow(pieceBytesMax);
  return isTaken;
}
