import type { Endpoint, RowsEndpoint } from '../endpoint.ts';
import { identity, list } from '../parameters.ts';
import { snakeRow } from '../renaming.ts';
import { moonshotsOfTokens } from './moonshot-tokens.ts';
import { changes } from './v3-changes.ts';
import { generation2 } from './v2.ts';

const paths = [
  ...['tokens', 'top-market-cap-tokens', 'price'],
  ...['tm-grade', 'tm-grade-history', 'fundamental-grade', 'fundamental-grade-history'],
  ...['technology-grade', 'technology-grade-history'],
  ...['trading-signals', 'hourly-trading-signals', 'moonshot-tokens'],
  ...['quantmetrics', 'resistance-support', 'correlation', 'price-prediction', 'market-metrics'],
  ...['daily-ohlcv', 'hourly-ohlcv', 'indices', 'indices-holdings', 'indices-performance'],
  ...['ai-reports', 'crypto-investors'],
];

/** Every path of generation 3: the same data under other names. */
export const generation3: readonly RowsEndpoint[] = paths.flatMap((name) => {
  const before = [moonshotsOfTokens, ...generation2].find(({ path }) => path === `/v2/${name}`);
  return before === undefined || 'reply' in before ? [] : [renamed(before, name)];
});

function renamed(before: RowsEndpoint, name: string): RowsEndpoint {
  const { parameters, accepts = before.accepts, columns } = changes[name] ?? {};
  return {
    path: `/v3/${name}`,
    parameters: { ...filtersOf(before), ...parameters },
    ...(accepts === undefined ? {} : { accepts }),
    *rows(query, world) {
      for (const build of before.rows(query, world)) {
        yield () => {
          const row = build();
          const id = row['TOKEN_ID'];
          const token = typeof id === 'number' ? world.data.tokenOf(id) : undefined;
          const snake = snakeRow(row, token?.slug);
          return columns === undefined ? snake : columns(snake, { token, query, world });
        };
      }
    },
  };
}

/** Whatever finds tokens by their id finds them by name and slug too. */
function filtersOf({ parameters }: Endpoint): Endpoint['parameters'] {
  if (parameters['token_id']?.kind !== 'list') return parameters;
  return { ...identity, slug: list, ...parameters };
}
