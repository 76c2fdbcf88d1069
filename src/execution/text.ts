/** What JSON escapes; a surrogate may be half of a pair, so the engine looks at those itself. */
// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const escaped = /[\u0000-\u001f"\\\ud800-\udfff]/;

/** A string as JSON text, in the very form of `JSON.stringify`. */
export function quote(value: string): string {
  return escaped.test(value) ? JSON.stringify(value) : `"${value}"`;
}

const jsonOf: (value: unknown) => string | undefined = JSON.stringify;

/** A value as JSON text; '' where JSON has none (functions, symbols) and an object omits the key. */
export function jsonText(value: unknown): string {
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'number') return Number.isFinite(value) ? `${value}` : 'null';
  return jsonOf(value) ?? '';
}
