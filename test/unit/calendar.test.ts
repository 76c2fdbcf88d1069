import { expect, test } from 'vitest';

import {
  addDays,
  DAY_MS,
  dayOf,
  daysInclusive,
  HOUR_MS,
  hourOf,
  hoursInclusive,
  isDay,
  startOfDay,
  windowsOf,
} from '../../src/calendar.ts';

test('a day is a day that exists, and nothing else', () => {
  for (const day of ['2025-05-25', '2024-02-29', '2000-02-29', '1999-12-31']) {
    expect([day, isDay(day)]).toEqual([day, true]);
  }
  const none = [
    ...['2025-02-29', '2025-02-30', '1900-02-29', '2025-13-01', '2025-00-10', '2025-01-00'],
    ...['2025-1-1', '25-01-01', '2025-01-01T00:00:00Z', ' 2025-01-01', '2025/01/01', ''],
  ];
  for (const text of none) expect([text, isDay(text)]).toEqual([text, false]);
});

test('days are UTC days, up to their last millisecond', () => {
  expect(dayOf(Date.UTC(2025, 4, 25))).toBe('2025-05-25');
  expect(dayOf(Date.UTC(2025, 4, 26) - 1)).toBe('2025-05-25');
  expect(startOfDay('2025-05-25')).toBe(Date.UTC(2025, 4, 25));
});

test('adding days crosses months, leap days and years, forth and back', () => {
  expect(addDays('2024-02-28', 1)).toBe('2024-02-29');
  expect(addDays('2025-02-28', 1)).toBe('2025-03-01');
  expect(addDays('2024-12-31', 1)).toBe('2025-01-01');
  expect(addDays('2025-01-01', -1)).toBe('2024-12-31');
  for (let days = 0; days <= 800; days += 37) {
    expect(addDays(addDays('2024-01-01', days), -days)).toBe('2024-01-01');
    expect(daysInclusive('2024-01-01', addDays('2024-01-01', days))).toBe(days + 1);
  }
});

test('both ends of a range count, and a range that ends before it begins has none', () => {
  expect(daysInclusive('2025-05-25', '2025-05-25')).toBe(1);
  expect(daysInclusive('2025-05-25', '2025-05-24')).toBe(0);
  expect(daysInclusive('2025-05-25', '2020-01-01')).toBe(0);
});

test('hours are counted by the hours that instants fall into', () => {
  const noon = Date.UTC(2025, 4, 25, 12);
  expect(hourOf(noon + HOUR_MS - 1)).toBe(noon);
  expect(hoursInclusive(noon + 59 * 60_000, noon + HOUR_MS)).toBe(2);
  expect(hoursInclusive(noon, noon + 1)).toBe(1);
  expect(hoursInclusive(noon, noon - 1)).toBe(0);
  expect(hoursInclusive(noon - DAY_MS, noon)).toBe(25);
});

test('windows cover a range once, newest first, none longer than asked', () => {
  for (const days of [1, 2, 28, 29, 30, 58, 59, 366]) {
    for (const max of [1, 2, 7, 29]) {
      const from = '2024-01-15';
      const to = addDays(from, days - 1);
      const windows = windowsOf({ from, to }, max);
      expect(windows).toHaveLength(Math.ceil(days / max));
      const covered = windows.flatMap((window) => {
        const length = daysInclusive(window.from, window.to);
        expect(length).toBeGreaterThan(0);
        expect(length).toBeLessThanOrEqual(max);
        return Array.from({ length }, (_, back) => addDays(window.to, -back));
      });
      expect(covered).toEqual(Array.from({ length: days }, (_, back) => addDays(to, -back)));
    }
  }
  expect(windowsOf({ from: '2025-01-02', to: '2025-01-01' }, 29)).toEqual([]);
});
