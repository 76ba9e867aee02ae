import { expect, test } from 'vitest';
import type { Signal } from '#lib/api/schema.d.ts';
import { authorWords, fieldLabel, spreadWords, unit, valueWords } from './words.ts';

const SIGNALS = [{ name: 'newness', title: 'New here' }] as Signal[];

test('fields are named in words, also those that nobody has named yet', () => {
  expect(fieldLabel('mute_days', SIGNALS)).toBe('A mute lasts');
  expect(fieldLabel('rules.shop.example', SIGNALS)).toBe('Rule shop.example');
  expect(fieldLabel('signals.newness.factor', SIGNALS)).toBe('New here: weight');
  expect(fieldLabel('signals.gone_one.enabled', SIGNALS)).toBe('Gone one: counts');
  expect(fieldLabel('some_new_field', SIGNALS)).toBe('Some new field');
});

test('values are told with what they are counted in', () => {
  expect(valueWords('mute_days', 3)).toBe('3 days');
  expect(valueWords('thresholds.ban', 955)).toBe('95.5 %');
  expect(valueWords('thresholds.ban', null)).toBe('the preset’s');
  expect(valueWords('rules.casino', null)).toBe('none');
  expect(valueWords('rules.casino', { pattern: 'casin*' })).toBe('casin*');
  expect(valueWords('signals.newness.factor', 50)).toBe('50 %');
  expect(valueWords('text_threshold.automatic', false)).toBe('no');
  expect(valueWords('text_threshold.shift', -200)).toBe('-0.2 points');
  expect(valueWords('preset', 'strict')).toBe('strict');
  expect(valueWords('locks.from_everyone', ['voice', 'video_note'])).toBe('Voice, Video note');
  expect(valueWords('locks.from_everyone', [])).toBe('none');
  expect(unit('preset')).toBe('');
});

test('whoever made a version is named', () => {
  expect(authorWords({ made_by: null })).toBe('');
  expect(authorWords({ made_by: 'operator' })).toBe('the operator');
  expect(authorWords({ made_by: 'user:5' })).toBe('user 5');
  expect(authorWords({ made_by: 'thresholds' })).toContain('Chatwarden');
});

test.each([
  [[], 'You are an admin of none of them.'],
  [[true], '1 group has it now.'],
  [[true, true, false], '2 groups have it now, 1 group had it already.'],
  [[false, false], '2 groups had it already.']
])('of the other groups %j is told', (groups, words) => {
  expect(spreadWords(groups.map((is_new) => ({ is_new })))).toBe(words);
});
