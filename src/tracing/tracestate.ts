/** More is not handed on. */
const lengthMax = 512;
const membersMax = 32;
/** A vendor's name, and what it has to say: printable, with no comma and no equals sign. */
const member = /^([a-z\d][a-z\d_*/@-]{0,255})=[ -+\--<>-~]{0,255}[!-+\--<>-~]$/;

/** W3C's `tracestate` as it was sent; undefined for whatever is none, which is then as good as not sent. */
export function readTracestate(text: string): string | undefined {
  if (text.length > lengthMax) return undefined;
  const members = text.split(',').flatMap((part) => part.trim() || []);
  const names = new Set(members.map((each) => member.exec(each)?.[1]));
  const isGood = !names.has(undefined) && names.size === members.length;
  return isGood && members.length > 0 && members.length <= membersMax ? text : undefined;
}
