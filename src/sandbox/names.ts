import { dayOf } from './data/day.ts';
import type { Token } from './data/tokens.ts';

const renamed = dayOf(Date.UTC(2024, 0, 1));

/** The columns that name a token in almost every row. */
export function nameColumns(token: Token) {
  return { TOKEN_ID: token.id, TOKEN_NAME: token.name, TOKEN_SYMBOL: token.symbol };
}

/** The same in a row of a day: before 2024 the vendor wrote Xrp for XRP and Aelf for aelf. */
export function nameColumnsOn(token: Token, day: number) {
  const columns = nameColumns(token);
  return day >= renamed ? columns : { ...columns, TOKEN_NAME: titleCase(token.name) };
}

/** Every word with one capital, as some of the vendor's tables spell names to this day. */
export function titleCase(name: string): string {
  return name.toLowerCase().replace(/(^|[\s.(])[a-z]/g, (start) => start.toUpperCase());
}
