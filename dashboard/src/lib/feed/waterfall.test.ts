import { expect, test } from 'vitest';
import type { Contribution, Outcome } from '#lib/api/schema.d.ts';
import { contribution } from '#lib/testing/outcomes.ts';
import { inTurn, logit, signed, waterfall } from './waterfall.ts';

const up = contribution({ title: 'up', contribution: 4000 });
const down = contribution({ title: 'down', kind: 'trust', contribution: -1500 });

const bars = [
  { name: 'review', probability: 400 },
  { name: 'challenge', probability: 750 },
  { name: 'ban', probability: 950 }
] as Outcome['bars'];
const drawn = (contributions: Contribution[], score: number) =>
  waterfall({ bias: -2200, contributions, score, bars });

test('each bar begins where the one before ended', () => {
  const { bars } = drawn([up, down], 300);
  const [bias, first, second, score] = bars.map(({ left, width }) => ({ left, end: left + width }));
  expect(first?.left).toBeCloseTo(bias?.left ?? NaN, 1);
  expect(second?.end).toBeCloseTo(first?.end ?? NaN, 1);
  expect(score?.end).toBeCloseTo(second?.left ?? NaN, 1);
});

test('everything stays within the width, whatever the score', () => {
  for (const contributions of [[], [up], [down, down, down], [up, up, up, down]]) {
    const sum = -2200 + contributions.reduce((total, each) => total + each.contribution, 0);
    for (const { left, width } of drawn(contributions, sum).bars) {
      expect(left).toBeGreaterThanOrEqual(0);
      expect(left + width).toBeLessThanOrEqual(100.7);
    }
  }
});

test('the bars of the group stand where its score would reach them', () => {
  const { lines } = drawn([up], logit(950));
  expect(lines.map(({ title }) => title)).toEqual(['review', 'ban']);
  const score = drawn([up], logit(950)).bars.at(-1);
  expect(lines[1]?.left).toBeCloseTo((score?.left ?? 0) + (score?.width ?? 0), 1);
});

test('a contribution of nought can still be seen', () => {
  const { bars } = drawn([contribution({ contribution: 0 })], -2200);
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
