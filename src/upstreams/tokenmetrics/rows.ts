import { rowParser, shape } from '../shape.ts';

/** The records of Token Metrics' endpoints as the gateway reads them: field by field, camelCase. */

export const identity = {
  tokenId: shape.integer,
  tokenName: shape.text,
  tokenSymbol: shape.symbol,
};

const exchange = shape.map(
  shape.object({ exchange_id: shape.anyText, exchange_name: shape.anyText }),
  (raw) => ({ id: raw.exchange_id, name: raw.exchange_name }),
);

const category = shape.map(
  shape.object({
    category_id: shape.integer,
    category_name: shape.anyText,
    category_slug: shape.anyText,
  }),
  (raw) => ({ id: raw.category_id, name: raw.category_name, slug: raw.category_slug }),
);

/** `{ solana: 'AQi…' }` as a list, because GraphQL has no maps. */
const contracts = shape.map(shape.entries, (entries) =>
  entries.flatMap(([chain, address]) =>
    typeof address === 'string' && address !== '' ? [{ chain, address }] : [],
  ),
);

/** Null is not none: the upstream leaves the lists of some tokens out. */
const listing = {
  exchangeList: shape.listOrNull(exchange),
  categoryList: shape.listOrNull(category),
};

export const tokenRow = rowParser({
  ...identity,
  ...listing,
  tmLink: shape.linkOrNull,
  // The newer generation of the API calls the same link so.
  appLink: shape.linkOrNull,
  contractAddress: contracts,
});

export const topTokenRow = rowParser({ ...identity, ...listing });

export const priceRow = rowParser({ ...identity, currentPrice: shape.number });

const tmGradeFields = {
  ...identity,
  tmGrade: shape.numberOrNull,
  tmGradeSignal: shape.textOrNull,
  tmGrade24hPctChange: shape.numberOrNull,
  tmTraderGrade24hChange: shape.numberOrNull,
  quantGrade: shape.numberOrNull,
  momentum: shape.textOrNull,
  tradingSignal: shape.integerOrNull,
};

export const tmGradeRow = rowParser({ ...tmGradeFields, date: shape.dayOrNull });
export const tmGradeHistoryRow = rowParser({ ...tmGradeFields, date: shape.day });

const fundamentalFields = {
  ...identity,
  fundamentalGrade: shape.numberOrNull,
  fundamentalGradeClass: shape.textOrNull,
  communityScore: shape.numberOrNull,
  exchangeScore: shape.numberOrNull,
  vcScore: shape.numberOrNull,
  tokenomicsScore: shape.numberOrNull,
  defiScannerScore: shape.numberOrNull,
};

export const fundamentalGradeRow = rowParser({ ...fundamentalFields, date: shape.dayOrNull });
export const fundamentalGradeHistoryRow = rowParser({ ...fundamentalFields, date: shape.day });

const technologyFields = {
  ...identity,
  technologyGrade: shape.numberOrNull,
  activityScore: shape.numberOrNull,
  securityScore: shape.numberOrNull,
  repositoryScore: shape.numberOrNull,
  collaborationScore: shape.numberOrNull,
  defiScannerScore: shape.numberOrNull,
};

export const technologyGradeRow = rowParser({ ...technologyFields, date: shape.dayOrNull });
export const technologyGradeHistoryRow = rowParser({ ...technologyFields, date: shape.day });

export const traderGradeRow = rowParser({
  ...identity,
  date: shape.day,
  taGrade: shape.numberOrNull,
  quantGrade: shape.numberOrNull,
  tmTraderGrade: shape.numberOrNull,
  tmTraderGrade24hPctChange: shape.numberOrNull,
});

export const investorGradeRow = rowParser({
  ...identity,
  date: shape.day,
  tmInvestorGrade: shape.numberOrNull,
  tmInvestorGrade7dPctChange: shape.numberOrNull,
  fundamentalGrade: shape.numberOrNull,
  technologyGrade: shape.numberOrNull,
  valuationGrade: shape.numberOrNull,
  defiUsageScore: shape.numberOrNull,
  communityScore: shape.numberOrNull,
  exchangeScore: shape.numberOrNull,
  vcScore: shape.numberOrNull,
  tokenomicsScore: shape.numberOrNull,
  defiScannerScore: shape.numberOrNull,
  activityScore: shape.numberOrNull,
  securityScore: shape.numberOrNull,
  repositoryScore: shape.numberOrNull,
  collaborationScore: shape.numberOrNull,
});

export const tradingSignalRow = rowParser({
  ...identity,
  date: shape.day,
  tradingSignal: shape.integerOrNull,
  tokenTrend: shape.integerOrNull,
  tradingSignalsReturns: shape.numberOrNull,
  holdingReturns: shape.numberOrNull,
  tmTraderGrade: shape.numberOrNull,
  tmInvestorGrade: shape.numberOrNull,
});

export const hourlySignalRow = rowParser({
  ...identity,
  timestamp: shape.instant,
  close: shape.numberOrNull,
  signal: shape.integerOrNull,
  position: shape.integerOrNull,
});
