import { derivedRow, rowParser, shape } from '../shape.ts';
import { identity } from './rows.ts';

/** Rows about indices. */

/** A link, or an object of links by size, of which the largest counts. */
const icon = shape.readableOrNull(
  shape.either(
    shape.linkOrNull,
    shape.map(shape.object({ large: shape.linkOrNull }), ({ large }) => large),
  ),
);

export const indexRow = rowParser({
  id: shape.integer,
  name: shape.text,
  ticker: shape.textOrNull,
  price: shape.numberOrNull,
  coins: shape.integerOrNull,
  '24h': shape.numberOrNull,
  '7d': shape.numberOrNull,
  '1m': shape.numberOrNull,
  allTime: shape.numberOrNull,
  '24hVolume': shape.numberOrNull,
  marketCap: shape.numberOrNull,
  indexGrade: shape.numberOrNull,
});

export const holdingRow = rowParser({
  ...identity,
  weight: shape.numberOrNull,
  marketCap: shape.numberOrNull,
  price: shape.numberOrNull,
  currentRoi: shape.numberOrNull,
  traderGrade: shape.numberOrNull,
  traderGradeChange24h: shape.numberOrNull,
  cgId: shape.textOrNull,
  icon,
  date: shape.dayOrNull,
});

export const indexPerformanceRow = rowParser({
  date: shape.day,
  indexCumulativeRoi: shape.numberOrNull,
  marketCap: shape.numberOrNull,
  volume: shape.numberOrNull,
  fdv: shape.numberOrNull,
});

export const transactionRow = rowParser({
  ...identity,
  date: shape.day,
  action: shape.textOrNull,
  transactionSizeInPct: shape.numberOrNull,
  transactionSizeInUsd: shape.numberOrNull,
  transactionSizeInTokens: shape.numberOrNull,
  sector: shape.textOrNull,
  icon,
});

/** Tokens of a tree map are named by the vendor's other ids, not by their own. */
export const tileRow = rowParser({
  name: shape.text,
  weight: shape.numberOrNull,
  pctChange: shape.numberOrNull,
  cgId: shape.textOrNull,
  chainId: shape.textOrNull,
  tokenAddress: shape.textOrNull,
  icon,
});

const position = rowParser({
  ...identity,
  portfolioDate: shape.day,
  indexWeight: shape.numberOrNull,
  initialPrice: shape.numberOrNull,
  amountOfTokens: shape.numberOrNull,
});

/** Its day has a name of its own upstream; here it is called as on every row of a day. */
export const positionRow = derivedRow(position, (row) => ({ date: row.portfolioDate }));
