import { derivedRow, rowParser, shape } from '../shape.ts';

/** Rows about the whole market. */

export const marketMetricsRow = rowParser({
  date: shape.day,
  totalCryptoMcap: shape.numberOrNull,
  tmGradePercHighCoins: shape.numberOrNull,
  tmGradeSignal: shape.integerOrNull,
  lastTmGradeSignal: shape.integerOrNull,
  altsMarketCap: shape.numberOrNull,
  btcPrice: shape.numberOrNull,
  btcMarketCap: shape.numberOrNull,
  volIndex: shape.numberOrNull,
});

const sentiment = rowParser({
  datetime: shape.instant,
  marketSentimentGrade: shape.numberOrNull,
  marketSentimentLabel: shape.textOrNull,
  newsSentimentGrade: shape.numberOrNull,
  newsSentimentLabel: shape.textOrNull,
  newsSummary: shape.textOrNull,
  redditSentimentGrade: shape.numberOrNull,
  redditSentimentLabel: shape.textOrNull,
  redditSummary: shape.textOrNull,
  twitterSentimentGrade: shape.numberOrNull,
  twitterSentimentLabel: shape.textOrNull,
  twitterSummary: shape.textOrNull,
});

/** Its instant has a name of its own upstream; here it is called as on every row of an hour. */
export const sentimentRow = derivedRow(sentiment, (row) => ({ timestamp: row.datetime }));

/** The only rows about tokens that carry no id. */
export const moonshotRow = rowParser({
  tokenName: shape.text,
  tokenSymbol: shape.symbol,
  moonshotAt: shape.instantOrNull,
  moonshotEndAt: shape.instantOrNull,
  moonshotRoi: shape.numberOrNull,
  lastTradingSignalTime: shape.instantOrNull,
  tmTraderGrade: shape.numberOrNull,
  tmTraderGrade24hPctChange: shape.numberOrNull,
  priceChangePercentage7dInCurrency: shape.numberOrNull,
  marketCap: shape.numberOrNull,
  volume24h: shape.numberOrNull,
});

export const cryptoInvestorRow = rowParser({
  investorName: shape.text,
  investorWebsite: shape.linkOrNull,
  investorTwitter: shape.linkOrNull,
  roundCount: shape.integerOrNull,
  roiAverage: shape.numberOrNull,
  roiMedian: shape.numberOrNull,
});
