/**
 * The same text in one piece of its own. What was put together stays in pieces, which are gathered
 * whenever it is written; what was cut out keeps the whole it was cut from.
 */
export const flat = (text: string): string => Buffer.from(text).toString();
