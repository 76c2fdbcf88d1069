import { dayOf, isoDay } from '../data/day.ts';
import { firstDayOfAll } from '../data/data-set.ts';
import type { Token } from '../data/tokens.ts';
import type { RowsEndpoint, World } from '../endpoint.ts';
import { titleCase } from '../names.ts';
import { dates, list, paging } from '../parameters.ts';
import { selectTokens } from '../selection.ts';
import { byId } from '../series.ts';

// In the order of the vendor's rows.
const indicators = [
  ...['adosc', 'adxr', 'breakout', 'bollinger', 'frama', 'cci', 'sar', 'apo', 'rsi', 'mama'],
  ...['volume_deviation', 'ppo', 'bop', 'roc', 'true_range_volume', 'mom', 'follow_yesterday'],
];
const waves = [{ period: 9, weight: 1 }];

/** What seventeen indicators say about a token, a row each; an old path. Symbols are in lower case. */
export const allTrendIndicators: RowsEndpoint = {
  path: '/v2/all-trend-indicators',
  parameters: { token_id: list, symbol: list, indicator: list, ...dates, ...paging },
  *rows(query, world) {
    const { startDate = firstDayOfAll, endDate = Infinity } = query.numbers;
    const wanted = query.lists['indicator']?.map((name) => name.toLowerCase());
    const tokens = byId(selectTokens(query, world));
    const newest = Math.min(endDate, dayOf(world.nowMs));
    for (let day = newest; day >= Math.max(startDate, firstDayOfAll); day -= 1) {
      for (const token of tokens) {
        if (day < token.firstDay) continue;
        for (const indicator of indicatorsOf(token, world)) {
          if (wanted !== undefined && !wanted.includes(indicator)) continue;
          yield () => ({
            TOKEN_ID: token.id,
            TOKEN_NAME: titleCase(token.name),
            SYMBOL: token.symbol.toLowerCase(),
            DATE: isoDay(day),
            INDICATOR: indicator,
            TREND: trendOf(token, day, { indicator, world }),
          });
        }
      }
    }
  },
};

/** Of many a small token only two are known. */
function indicatorsOf(token: Token, { data }: World): readonly string[] {
  const few = token.rank > 60 && data.noise.at('few indicators', token.id, 0) < 0.4;
  return few ? ['adosc', 'mom'] : indicators;
}

function trendOf(
  token: Token,
  day: number,
  { indicator, world }: { readonly indicator: string; readonly world: World },
): -1 | 0 | 1 {
  const strength = world.data.noise.curve(`indicator ${indicator}`, token.id, day, waves);
  if (Math.abs(strength) < 0.1) return 0;
  return strength < 0 ? -1 : 1;
}
