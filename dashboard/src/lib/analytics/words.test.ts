import { describe, expect, test } from 'vitest';
import type { AnalyticsDay } from '#lib/api/schema.d.ts';
import { brushed, durationWords, lastDays, lines, precisionWords, totals } from './words.ts';

const day = (number: number, changes: Partial<AnalyticsDay> = {}): AnalyticsDay => ({
  day: `2026-11-${String(number).padStart(2, '0')}`,
  judged: 10,
  caught: number,
  overturned: 0,
  missed: 1,
  observed: 0,
  ...changes
});
const DAYS = [day(1), day(2, { overturned: 2 }), day(3)];
const at = (date: string) => Date.parse(date) / 1000;

test('thirty days end today, UTC, even shortly before midnight', () => {
  const now = new Date('2026-11-30T23:59:59Z');
  expect(lastDays(30, now)).toEqual({ from: '2026-11-01', to: '2026-11-30' });
  expect(lastDays(1, now)).toEqual({ from: '2026-11-30', to: '2026-11-30' });
});

test('days add up, name by name', () => {
  expect(totals(DAYS)).toEqual({ judged: 30, caught: 6, overturned: 2, missed: 3, observed: 0 });
});

test('each line has a value a day', () => {
  expect(lines(DAYS)).toEqual([
    [at('2026-11-01'), at('2026-11-02'), at('2026-11-03')],
    [1, 2, 3],
    [0, 2, 0],
    [1, 1, 1]
  ]);
});

describe('a brush', () => {
  test('takes the days it touches, to the nearest half', () => {
    expect(brushed(DAYS, at('2026-11-01T13:00Z'), at('2026-11-02T11:00Z'))).toEqual({
      from: '2026-11-02',
      to: '2026-11-02'
    });
  });
  test('beyond all days takes none', () => {
    expect(brushed(DAYS, at('2026-12-01'), at('2026-12-02'))).toBeNull();
  });
});

test.each([
  [null, 'too few'],
  [1, '100.0 %'],
  [0.917, '91.7 %']
])('precision %s reads %s', (precision, words) => {
  expect(precisionWords(precision)).toBe(words);
});

test.each([
  [null, 0, '–'],
  [null, 3, 'over 1 h'],
  [500, 3, '0.5 s'],
  [60_000, 3, '1 min'],
  [3_600_000, 3, '1 h']
])('%s ms of %s reads %s', (ms, count, words) => {
  expect(durationWords(ms, count)).toBe(words);
});
