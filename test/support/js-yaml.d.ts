/** The part of js-yaml that tests use: it brings no types of its own. */
declare module 'js-yaml' {
  /** Every document of a text; throws on what is no YAML, and on a key that is there twice. */
  export function loadAll(text: string): unknown[];
}
