import { expect, test } from 'vitest';
import { contribution } from '#lib/testing/outcomes.ts';
import { inTurn, logit, signed, waterfall } from './waterfall.ts';

const up = contribution({ title: 'up', contribution: 4000 });
const down = contribution({ title: 'down', kind: 'trust', contribution: -1500 });

test('each bar begins where the one before ended', () => {
  const { bars } = waterfall(-2200, [up, down], 300);
  const [bias, first, second, score] = bars.map(({ left, width }) => ({ left, end: left + width }));
  expect(first?.left).toBeCloseTo(bias?.left ?? NaN, 1);
  expect(second?.end).toBeCloseTo(first?.end ?? NaN, 1);
  expect(score?.end).toBeCloseTo(second?.left ?? NaN, 1);
});

test('everything stays within the width, whatever the score', () => {
  for (const contributions of [[], [up], [down, down, down], [up, up, up, down]]) {
    const sum = -2200 + contributions.reduce((total, each) => total + each.contribution, 0);
    for (const { left, width } of waterfall(-2200, contributions, sum).bars) {
      expect(left).toBeGreaterThanOrEqual(0);
      expect(left + width).toBeLessThanOrEqual(100.7);
    }
  }
});

test('the mark of 50 % stands where the score is nought', () => {
  const { bars, ticks } = waterfall(-2200, [up], 1800);
  expect(ticks.map(({ probability }) => probability)).toEqual([100, 500, 900]);
  expect(bars.at(-1)?.left).toBe(ticks[1]?.left);
});

test('a contribution of nought can still be seen', () => {
  const { bars } = waterfall(-2200, [contribution({ contribution: 0 })], -2200);
  expect(bars[1]?.width).toBeGreaterThan(0);
});

test('context comes first, then evidence, then trust, the strongest of each before the others', () => {
  const context = contribution({ title: 'context', kind: 'context', contribution: 100 });
  const strong = contribution({ title: 'strong', contribution: 4500 });
  expect(inTurn([down, up, strong, context]).map(({ title }) => title)).toEqual([
    'context',
    'strong',
    'up',
    'down'
  ]);
});

test('logits and their signs read as in the policy', () => {
  expect(logit(500)).toBe(0);
  expect(Math.round(logit(900))).toBe(2197);
  expect([signed(1500), signed(-2200), signed(0)]).toEqual(['+1.5', '−2.2', '+0.0']);
});
