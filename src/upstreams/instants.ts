/** UTC instants and days, from any of the spellings of upstreams. */

const isoInstant =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}:\d{2})(?:\.(\d{1,3})\d*)?(?:Z|\+00:?00)?)?$/;

/** As `2025-05-25T00:00:00.000Z`; `undefined` for what is no UTC date. */
export function toInstant(text: string): string | undefined {
  if (text.length === 24 && hasDay(text) && hasTime(text)) return text;
  if (text.length === 10 && hasDay(text)) return `${text}T00:00:00.000Z`;
  return readInstant(text);
}

/** As `2025-05-25`; `undefined` for what is no UTC date. */
export function toDay(text: string): string | undefined {
  if (text.length === 24 && hasDay(text) && hasTime(text)) return text.slice(0, 10);
  if (text.length === 10 && hasDay(text)) return text;
  return readInstant(text)?.slice(0, 10);
}

function readInstant(text: string): string | undefined {
  const [, day, time = '00:00:00', fraction = ''] = isoInstant.exec(text.trim()) ?? [];
  if (day === undefined) return undefined;
  const ms = Date.parse(`${day}T${time}.${fraction.padEnd(3, '0')}Z`);
  if (Number.isNaN(ms)) return undefined;
  // `Date` reads 30 February as 2 March, and 24:00 as the next day.
  const instant = new Date(ms).toISOString();
  return instant.startsWith(day) ? instant : undefined;
}

/**
 * Nearly all dates are spelled `2025-05-25` or `2025-05-25T00:00:00.000Z`, and every row has one.
 * They are looked at digit by digit: the expression and `Date` would cost more than the row's JSON.
 */
function hasDay(text: string): boolean {
  if (text.charCodeAt(4) !== dash || text.charCodeAt(7) !== dash) return false;
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  return year >= 0 && month >= 1 && month <= 12 && day >= 1 && day <= daysOf(month, year);
}

/** Of a text with 24 characters. */
function hasTime(text: string): boolean {
  return (
    text.charCodeAt(10) === letterT &&
    text.charCodeAt(13) === colon &&
    text.charCodeAt(16) === colon &&
    text.charCodeAt(19) === point &&
    text.charCodeAt(23) === letterZ &&
    twoDigits(text, 11) <= 23 &&
    twoDigits(text, 14) <= 59 &&
    twoDigits(text, 17) <= 59 &&
    twoDigits(text, 20) <= 99 &&
    twoDigits(text, 21) <= 99
  );
}

const [dash, colon, point, letterT, letterZ] = [0x2d, 0x3a, 0x2e, 0x54, 0x5a];

/** NaN, which is in no range, where there are none. */
function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 0x30;
  const ones = text.charCodeAt(at + 1) - 0x30;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : NaN;
}

function daysOf(month: number, year: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}
