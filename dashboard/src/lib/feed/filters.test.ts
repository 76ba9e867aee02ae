import { expect, test } from 'vitest';
import type { Outcome } from '#lib/api/schema.d.ts';
import { outcome } from '#lib/testing/outcomes.ts';
import { matches } from './filters.ts';

test('a filter narrows by state and by group', () => {
  const undone = outcome(1, { state: 'undone' });
  expect(matches(undone, { name: 'caught', chatId: null })).toBe(true);
  expect(matches(undone, { name: 'undone', chatId: -100 })).toBe(true);
  expect(matches(undone, { name: 'review', chatId: null })).toBe(false);
  expect(matches(undone, { name: 'caught', chatId: -200 })).toBe(false);
});

test('who was left alone is not among the caught', () => {
  const kept = outcome(1, { state: 'kept' });
  expect(matches(kept, { name: 'caught', chatId: null })).toBe(false);
  expect(matches(kept, { name: 'left', chatId: null })).toBe(true);
});

test('every state is in a filter', () => {
  const states: Outcome['state'][] = [
    'kept',
    'review',
    'observed',
    'guarded',
    'pending',
    'enforced',
    'failed',
    'undoing',
    'undone'
  ];
  for (const state of states) {
    const names = ['caught', 'left'] as const;
    expect(
      names.filter((name) => matches(outcome(1, { state }), { name, chatId: null }))
    ).toHaveLength(1);
  }
});
