import { expect, test } from 'vitest';
import { outcome } from '#lib/testing/outcomes.ts';
import { matches } from './filters.ts';

test('a filter narrows by state and by group', () => {
  const undone = outcome(1, { state: 'undone' });
  expect(matches(undone, { name: 'all', chatId: null })).toBe(true);
  expect(matches(undone, { name: 'undone', chatId: -100 })).toBe(true);
  expect(matches(undone, { name: 'review', chatId: null })).toBe(false);
  expect(matches(undone, { name: 'all', chatId: -200 })).toBe(false);
});
