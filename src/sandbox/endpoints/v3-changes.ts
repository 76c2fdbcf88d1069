import { dayOf } from '../data/day.ts';
import { round2 } from '../data/rounding.ts';
import type { Token } from '../data/tokens.ts';
import type { Json, Row, RowsEndpoint, World } from '../endpoint.ts';
import { list } from '../parameters.ts';
import type { Query } from '../query.ts';

/** What one path of generation 3 has beyond new names. */
export interface Change {
  readonly parameters?: RowsEndpoint['parameters'];
  readonly accepts?: RowsEndpoint['accepts'];
  /** The row after renaming, with the token it is about where there is one. */
  readonly columns?: (
    row: Row,
    at: { token: Token | undefined; query: Query; world: World },
  ) => Row;
}

const listsShown = 3;
const filters = ['token_id', 'slug', 'symbol', 'token_name'];

/** By the last part of the path. */
export const changes: Readonly<Record<string, Change>> = {
  tokens: {
    parameters: { expand: list },
    columns({ tm_link: _, exchange_list, category_list, contract_address, ...names }, at) {
      return {
        ...names,
        ...(at.token === undefined ? {} : marketColumns(at.token, at.world)),
        ...shortened({ exchange_list, category_list }, at.query),
        contract_address: contract_address ?? {},
      };
    },
  },
  'top-market-cap-tokens': {
    parameters: { expand: list },
    columns: ({ exchange_list, category_list, ...row }, { query }) => ({
      ...row,
      ...shortened({ exchange_list, category_list }, query),
    }),
  },
  'tm-grade-history': {
    // The vendor's own exception: elsewhere digits stand apart.
    columns: (row) =>
      Object.fromEntries(
        Object.entries(row).map(([name, value]) => [
          name === 'tm_grade_24_h_pct_change' ? 'tm_grade_24h_pct_change' : name,
          value,
        ]),
      ),
  },
  'trading-signals': {
    columns({ tm_link: _, ...row }, { token, world }) {
      const { date } = row;
      const day = typeof date === 'string' ? dayOf(Date.parse(date)) : dayOf(world.nowMs);
      const { grades } = world.data;
      return {
        ...row,
        token_signal_str: wordOf(row['trading_signal'], 'bullish', 'bearish', 'neutral'),
        token_trend_str: wordOf(row['token_trend'], 'up', 'down', 'sideways'),
        app_link: appLink(token),
        tm_grade: token === undefined ? null : grades.tm(token, day),
        fundamental_grade: token === undefined ? null : grades.fundamental(token, day),
      };
    },
  },
  'hourly-trading-signals': {
    parameters: { token_id: list },
    // Any filter will do here, but there must be one.
    accepts: ({ lists }) => filters.some((name) => lists[name] !== undefined),
  },
};

/** Full lists only where asked for; they may be hundreds long. */
function shortened(
  lists: Readonly<Record<string, Json | undefined>>,
  query: Query,
): Readonly<Record<string, Json>> {
  return Object.fromEntries(
    Object.entries(lists).map(([name, value = null]) => {
      const whole = query.lists['expand']?.includes(name) === true || !Array.isArray(value);
      return [name, whole ? value : value.slice(0, listsShown)];
    }),
  );
}

function marketColumns(token: Token, { data, nowMs }: World): Row {
  const { market, candles, noise } = data;
  const day = dayOf(nowMs);
  const price = market.price(token, nowMs);
  const supply = token.baseMarketCap / token.basePrice;
  const dilution = market.fullyDilutedValuation(token, day) / market.marketCap(token, day);
  const { HIGH, LOW, OPEN } = candles.untilNow(token, nowMs);
  const isCapped = noise.at('capped', token.id, 0) < 0.6;
  return {
    current_price: price,
    market_cap: Math.round(price * supply),
    total_volume: Math.round(market.volume(token, day)),
    circulating_supply: Math.round(supply),
    total_supply: Math.round(supply * dilution),
    max_supply: isCapped ? Math.round(supply * dilution) : null,
    fully_diluted_valuation: Math.round(price * supply * dilution),
    high_24_h: HIGH,
    low_24_h: LOW,
    price_change_percentage_24_h_in_currency: round2((price / OPEN - 1) * 100),
    app_link: appLink(token),
  };
}

function appLink(token: Token | undefined): string | null {
  return token === undefined ? null : `https://app.tokenmetrics.com/${token.slug}`;
}

function wordOf(sign: Json | undefined, up: string, down: string, still: string): string {
  if (sign === 1) return up;
  return sign === -1 ? down : still;
}
