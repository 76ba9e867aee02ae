import { expect, test } from 'vitest';
import { isAtLeast } from './roles.ts';
import { personWords, startOf } from './words.ts';

test('a person is called by their name where it is known', () => {
  expect(personWords('user:5', 'Rosa Green')).toBe('Rosa Green');
  expect(personWords('user:5')).toBe('user 5');
  expect(personWords('operator')).toBe('the operator');
  expect(personWords(null)).toBe('');
});

test('a higher role may do what a lower one may, and nobody may nothing', () => {
  expect(isAtLeast('viewer', 'moderator')).toBe(false);
  expect(isAtLeast('moderator', 'moderator')).toBe(true);
  expect(isAtLeast('operator', 'admin')).toBe(true);
  expect(isAtLeast(null, 'viewer')).toBe(false);
});

test('a day begins at midnight here', () => {
  expect(startOf('2026-11-20')).toBe(new Date(2026, 10, 20).toISOString());
  expect(startOf('2026-11-30', 1)).toBe(new Date(2026, 11, 1).toISOString());
});
