/** The enum value for an upstream's words, whatever their case; UNKNOWN for words that are new. */
export function enumOf<Value>(
  words: ReadonlyMap<string, Value>,
  text: string | null,
): Value | 'UNKNOWN' | null {
  return text === null ? null : (words.get(text.trim().toLowerCase()) ?? 'UNKNOWN');
}
