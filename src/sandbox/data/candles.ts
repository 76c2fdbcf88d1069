import { dayMs, hourMs } from './day.ts';
import type { Market } from './market.ts';
import type { Token } from './tokens.ts';

/** Prices of a stretch of time in USD, and the volume of the 24 hours before its end. */
export interface Candle {
  readonly OPEN: number;
  readonly HIGH: number;
  readonly LOW: number;
  readonly CLOSE: number;
  readonly VOLUME: number;
}

/** Candles of every token at any time, drawn from the same prices as all else. */
export interface Candles {
  /** The hour that ends at the given one: its close is the price that a signal of the hour names. */
  hourly(token: Token, hour: number): Candle;
  /** The whole day, or as much of it as has passed. */
  daily(token: Token, day: number, nowMs: number): Candle;
  /** The 24 hours before a moment. */
  untilNow(token: Token, nowMs: number): Candle;
}

// Prices move every five minutes: looking at each step misses no high and no low.
const stepMs = 300_000;

/** Candles over a market. */
export function createCandles(market: Market): Candles {
  const between = (token: Token, fromMs: number, toMs: number): Candle => {
    const OPEN = market.price(token, fromMs);
    const CLOSE = market.price(token, toMs);
    let HIGH = Math.max(OPEN, CLOSE);
    let LOW = Math.min(OPEN, CLOSE);
    for (let ms = fromMs + stepMs; ms < toMs; ms += stepMs) {
      const price = market.price(token, ms);
      if (price > HIGH) HIGH = price;
      else if (price < LOW) LOW = price;
    }
    return { OPEN, HIGH, LOW, CLOSE, VOLUME: volumeAt(token, toMs) };
  };

  /** Glides from one day's volume to the next. */
  const volumeAt = (token: Token, ms: number): number => {
    const days = ms / dayMs;
    const day = Math.floor(days);
    const today = market.volume(token, day);
    const volume = today + (market.volume(token, day + 1) - today) * (days - day);
    return Number(volume.toPrecision(12));
  };

  return {
    untilNow: (token, nowMs) => between(token, nowMs - dayMs, nowMs),
    hourly: (token, hour) => between(token, (hour - 1) * hourMs, hour * hourMs),
    daily: (token, day, nowMs) =>
      between(token, day * dayMs, Math.min((day + 1) * dayMs, Math.max(nowMs, day * dayMs))),
  };
}
