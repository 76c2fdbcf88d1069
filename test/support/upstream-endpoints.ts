/**
 * Every endpoint of the vendor's reference, with the fields of the graph that lead to it and a query
 * for each, to be asked of the whole gateway.
 */
export interface ReferenceEndpoint {
  /** Section of the reference. */
  readonly section: string;
  readonly path: string;
  /** Where the graph shows it. */
  readonly fields: readonly string[];
  /** A query whose answer has something of it. */
  readonly query: string;
  /** Finds the endpoint's part of the data. */
  readonly pick: (data: any) => unknown;
  /** Withdrawn by the vendor: with no row for anyone it is gone, so "no row" is for Bitcoin alone. */
  readonly isWithdrawn?: true;
  /** What "no row" comes to; null unless told. */
  readonly empty?: unknown;
}

const bitcoin = (field: string) => `{ token(by: { tokenMetricsId: 3375 }) { ${field} } }`;

/** A field of Token that is null when the upstream has no row. */
const ofToken = (section: string, path: string, name: string, selection: string, args = '') => ({
  section,
  path,
  fields: [`Token.${name}`],
  query: bitcoin(`${name}${args} { ${selection} }`),
  pick: (data: any) => data.token?.[name],
});

/** A field of Token that is an empty connection when the upstream has no row. */
const ofTokenSeries = (
  section: string,
  path: string,
  name: string,
  selection: string,
  args = '',
) => ({
  section,
  path,
  fields: [`Token.${name}`],
  query: bitcoin(`${name}${args} { nodes { ${selection} } }`),
  pick: (data: any) => data.token?.[name]?.nodes,
  empty: [],
});

/** A connection of Query. */
const ofQuery = (section: string, path: string, name: string, selection: string, args = '') => ({
  section,
  path,
  fields: [`Query.${name}`],
  query: `{ ${name}${args === '' ? '' : `(${args})`} { nodes { ${selection} } } }`,
  pick: (data: any) => data[name]?.nodes,
  empty: [],
});

const marketChart = (path: string, chart: string) => ({
  section: '3.27',
  path,
  fields: ['Query.marketChart'],
  query: `{ marketChart(chart: ${chart}) { url source } }`,
  pick: (data: any) => data.marketChart,
});

const theFirstIndex = '{ indices(first: 1) { nodes { id FIELD } } }';
const ofIndex = (section: string, path: string, name: string, field: string, empty: unknown) => ({
  section,
  path,
  fields: [`CryptoIndex.${name}`],
  query: theFirstIndex.replace('FIELD', field),
  pick: (data: any) => {
    const found = data.indices.nodes[0][name];
    return Array.isArray(found) || found === null ? found : found.nodes;
  },
  empty,
});

export const referenceEndpoints: readonly ReferenceEndpoint[] = [
  {
    section: '3.1',
    path: '/tokens',
    fields: ['Query.token', 'Query.tokens', 'Query.tokensBySymbol', 'Query.node', 'Query.nodes'],
    query: bitcoin('name exchanges { name } categories { slug } contracts { chain } link'),
    pick: (data) => data.token,
  },
  ofToken('3.2', '/price', 'price', 'usd source'),
  ofQuery('3.3', '/top-market-cap-tokens', 'topTokens', 'symbol'),
  ofToken('3.4', '/tm-grade', 'tmGrade', 'grade rating'),
  ofTokenSeries('3.5', '/tm-grade-history', 'tmGrades', 'date grade'),
  ofToken('3.6', '/fundamental-grade', 'fundamentalGrade', 'grade class'),
  ofTokenSeries('3.6', '/fundamental-grade-history', 'fundamentalGrades', 'date grade'),
  ofToken('3.7', '/technology-grade', 'technologyGrade', 'grade'),
  ofTokenSeries('3.7', '/technology-grade-history', 'technologyGrades', 'date grade'),
  { ...ofToken('3.8', '/trader-grades', 'traderGrade', 'date grade'), isWithdrawn: true },
  { ...ofToken('3.9', '/investor-grades', 'investorGrade', 'date grade'), isWithdrawn: true },
  ofToken('3.10', '/trading-signals', 'tradingSignal', 'date signal trend'),
  ofTokenSeries('3.11', '/hourly-trading-signals', 'hourlySignals', 'hour signal'),
  ofQuery('3.12', '/moonshot-tokens', 'moonshots', 'name symbol match token { id } roiPercent'),
  ofToken('3.13', '/quantmetrics', 'quantMetrics', 'date sharpe'),
  ofToken('3.14', '/resistance-support', 'supportResistance', 'priceUsd support { usd kind }'),
  ofToken('3.15', '/correlation', 'correlations', 'name correlation match token { symbol }'),
  ofToken(
    '3.16',
    '/price-prediction',
    'pricePrediction',
    'predictedDate scenarios { base { roi } }',
  ),
  {
    ...ofToken('3.17', '/scenario-analysis', 'scenarioAnalysis', 'scenarios { priceUsd }'),
    isWithdrawn: true,
  },
  {
    ...ofQuery('3.18', '/sentiments', 'sentiments', 'hour market { grade label } news { summary }'),
    isWithdrawn: true,
  },
  {
    section: '3.19',
    path: '/market-metrics',
    fields: ['Query.marketMetrics'],
    query: '{ marketMetrics { nodes { date totalMarketCapUsd signal trend } } }',
    pick: (data) => data.marketMetrics?.nodes,
    empty: [],
  },
  ofTokenSeries('3.20', '/daily-ohlcv', 'candles', 'start open close'),
  ofTokenSeries('3.20', '/hourly-ohlcv', 'candles', 'start open close', '(interval: H1)'),
  ofQuery('3.21', '/indices', 'indices', 'id name ticker'),
  ofIndex(
    '3.22',
    '/indices-holdings',
    'holdings',
    'holdings { weightPercent token { symbol } }',
    [],
  ),
  ofIndex(
    '3.23',
    '/indices-performance',
    'performance',
    'performance(first: 5) { nodes { date cumulativeRoi } }',
    [],
  ),
  {
    ...ofToken('3.24', '/ai-reports', 'aiReport', 'summary deepDive'),
    query: '{ token(by: { tokenMetricsId: 10430 }) { aiReport { summary deepDive } } }',
  },
  ofQuery('3.25', '/crypto-investors', 'cryptoInvestors', 'name roundCount'),
  {
    section: '3.26',
    path: '/tmai',
    fields: ['Mutation.askAnalyst'],
    query: 'mutation { askAnalyst(question: "What of Bitcoin?") { answer source } }',
    pick: (data) => data.askAnalyst,
  },
  ofTokenSeries(
    '3.27',
    '/all-trend-indicators',
    'trendIndicators',
    'date indicators { indicator trend }',
    '(first: 2)',
  ),
  ofQuery('3.27', '/trader-indices', 'basketPositions', 'date weight', 'kind: TRADER'),
  ofQuery('3.27', '/investor-indices', 'basketPositions', 'date weight', 'kind: INVESTOR'),
  ofQuery(
    '3.27',
    '/indices-tree-map',
    'basketTreeMap',
    'symbol weightPercent',
    'by: { kind: TRADER }',
  ),
  ofQuery(
    '3.27',
    '/indices-index-specific-tree-map',
    'basketTreeMap',
    'symbol weightPercent',
    'by: { theme: "meme" }',
  ),
  {
    section: '3.27',
    path: '/indices-index-specific-performance',
    fields: ['Query.basketPerformance'],
    query: '{ basketPerformance(theme: "meme") { nodes { date cumulativeRoi } } }',
    pick: (data) => data.basketPerformance?.nodes,
    empty: [],
  },
  ofQuery(
    '3.27',
    '/indices-index-transaction',
    'basketTransactions',
    'date action token { symbol }',
    'by: { kind: INVESTOR }',
  ),
  ofQuery(
    '3.27',
    '/indices-index-specific-index-transaction',
    'basketTransactions',
    'date action sector',
    'by: { theme: "meme" }',
  ),
  ofToken('3.27', '/token-details-price-charts', 'chart', 'url', '(chart: TOKEN_PRICE)'),
  ofToken('3.27', '/resistance-and-support-charts', 'chart', 'url', '(chart: TOKEN_LEVELS)'),
  marketChart('/annualized-historical-volatility-charts', 'VOLATILITY'),
  marketChart('/indices-index-allocation-charts', 'INDEX_ALLOCATION'),
  marketChart('/indices-roi-charts', 'INDEX_ROI'),
  marketChart('/market-percent-of-bullish-vs-bearish-charts', 'BULLISH_VS_BEARISH'),
  marketChart('/market-bull-and-bear-charts', 'BULL_AND_BEAR'),
  marketChart('/market-percent-of-bullish-tm-grades', 'BULLISH_GRADES'),
  marketChart('/market-tm-grade-signal', 'MARKET_SIGNAL'),
  marketChart('/bitcoin-vs-altcoin-season-charts', 'ALTCOIN_SEASON'),
  marketChart('/total-market-crypto-cap-charts', 'TOTAL_MARKET_CAP'),
  marketChart('/market-movers-charts', 'MARKET_MOVERS'),
];
