import { dayMs, hourMs, isoInstant } from '../data/day.ts';
import type { RowsEndpoint } from '../endpoint.ts';
import { nameColumns } from '../names.ts';
import { paging } from '../parameters.ts';
import { selectTokens } from '../selection.ts';
import { inArbitraryOrder } from '../series.ts';

const hoursKept = (35 * dayMs) / hourMs;

/** Signals of the last 35 days hour by hour, newest first. Signals and positions are text here. */
export const hourlyTradingSignals: RowsEndpoint = {
  path: '/v2/hourly-trading-signals',
  parameters: { token_id: { kind: 'list', required: true }, ...paging },
  *rows(query, world) {
    const { data, nowMs } = world;
    const tokens = inArbitraryOrder(selectTokens(query, world), world);
    const newest = Math.floor(nowMs / hourMs);
    for (let hour = newest; hour > newest - hoursKept; hour -= 1) {
      for (const token of tokens) {
        if (hour * hourMs < token.firstDay * dayMs) continue;
        yield () => ({
          TIMESTAMP: isoInstant(hour * hourMs),
          ...nameColumns(token),
          CLOSE: data.market.price(token, hour * hourMs),
          SIGNAL: String(data.signals.hourlySignal(token, hour)),
          POSITION: String(data.signals.hourlyPosition(token, hour)),
        });
      }
    }
  },
};
