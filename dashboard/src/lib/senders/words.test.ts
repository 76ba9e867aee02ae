import { expect, test } from 'vitest';
import { actionInForce, holdsWords, levelWords, senderName, trustWords } from './words.ts';

const ACTION = {
  id: 'a',
  kind: 'ban' as const,
  state: 'done' as const,
  requested_by: 'verdict',
  due_at: '2026-11-20T09:00:00Z',
  started_at: null,
  done_at: null,
  until_date: null,
  error: null,
  result: null
};

test('a sender is called by their name, or by what Telegram calls them', () => {
  expect(senderName({ kind: 'user', id: 5, name: 'Rosa' })).toBe('Rosa');
  expect(senderName({ kind: 'channel', id: -7, name: null })).toBe('channel -7');
});

test('trust is told with its counts, and not guessed', () => {
  expect(levelWords({ level: 'newcomer', messages_here: 1, days_here: 0 })).toBe('New here');
  expect(levelWords(null)).toBe('Not known');
  expect(trustWords({ level: 'newcomer', messages_here: 1, days_here: 1 })).toContain(
    '1 good message in 1 day here'
  );
  expect(trustWords({ level: 'trusted', messages_here: 32, days_here: 9 })).toContain('32 or more');
  expect(trustWords(null)).toContain('not recorded');
});

test('what holds is told with its end', () => {
  expect(holdsWords({ in_force: ['mute', 'ban'] })).toBe('muted, banned');
  expect(actionInForce(ACTION)).toBe('Banned without an end');
  const now = new Date('2026-11-20T10:00:00Z');
  expect(
    actionInForce({ ...ACTION, kind: 'mute', until_date: '2026-12-24T09:00:00Z' }, now)
  ).toMatch(/^Muted until 24 Dec, /);
  expect(actionInForce({ ...ACTION, kind: 'challenge' })).toContain('show that they are a person');
});
