import { expect, test } from 'vitest';
import { action, outcome } from '#lib/testing/outcomes.ts';
import { actionWords, moment, percent, stateWords, verdictWords } from './words.ts';

const mute = action({ kind: 'mute', until_date: '2026-11-21T09:00:00Z' });
const now = new Date(2026, 10, 20, 12);

test('what was done is said as done, the message first', () => {
  const done = outcome(1, { sender_verdict: 'mute', actions: [mute, action()] });
  expect(verdictWords(done)).toEqual({ text: 'deleted · muted', tone: 'bad' });
});

test('what was not done is said as a verdict only', () => {
  const observed = outcome(1, { state: 'observed', sender_verdict: 'ban' });
  expect(verdictWords(observed)).toEqual({ text: 'to delete · ban', tone: 'warning' });
  expect(stateWords(observed)[0]?.text).toBe('observe mode: nothing done');
});

test('a failed action claims nothing that was not done', () => {
  const error = { code: 'missing_right', text: 'The bot lacks a right.', hint: 'Give it.' };
  const failed = outcome(1, {
    state: 'failed',
    sender_verdict: 'mute',
    actions: [action(), { ...mute, state: 'dead', done_at: null, error }]
  });
  expect(verdictWords(failed).text).toBe('deleted');
  expect(stateWords(failed).map(({ text }) => text)).toEqual([
    'deleted in 0.2 s',
    'mute failed: the bot lacks a right'
  ]);
});

test('a mute that another undo took back is no longer claimed', () => {
  const freed = outcome(1, {
    state: 'enforced',
    sender_verdict: 'mute',
    actions: [action(), { ...mute, state: 'reversed' }]
  });
  expect(verdictWords(freed).text).toBe('deleted');
  expect(stateWords(freed)[1]?.text).toBe('mute taken back');
});

test('who is protected is named', () => {
  const guarded = outcome(1, { state: 'guarded', guard: 'admin' });
  expect(stateWords(guarded)[0]?.text).toBe('protected: the sender is an admin');
});

test('an undone verdict is no longer red', () => {
  const undone = outcome(1, { state: 'undone', actions: [action()] });
  expect(verdictWords(undone).tone).toBe('plain');
  expect(stateWords(undone)).toEqual([{ text: 'undone', tone: 'good' }]);
});

test.each([
  ['kept', 'nothing to do'],
  ['review', 'a person should look'],
  ['undoing', 'undoing…']
] as const)('the state %s has its words', (state, words) => {
  expect(stateWords(outcome(1, { state }))[0]?.text).toBe(words);
});

test('kept and review say just that', () => {
  expect(verdictWords(outcome(1, { message: 'keep' })).text).toBe('kept');
  expect(verdictWords(outcome(1, { message: 'review' })).text).toBe('review');
});

test('a guard is named in words, an unknown one by its name', () => {
  const guarded = (guard: string | null) =>
    stateWords(outcome(1, { state: 'guarded', guard }))[0]?.text;
  expect(guarded('protected')).toBe('protected: the sender is an admin or on the allow list');
  expect(guarded('something_new')).toBe('protected: something_new');
  expect(guarded(null)).toBe('protected: ');
});

test('actions say how far they are', () => {
  expect(actionWords(action({ state: 'pending', done_at: null })).text).toBe('deleting…');
  expect(actionWords(action({ state: 'cancelled' })).text).toBe('deletion cancelled');
  expect(actionWords(action({ done_at: '2026-11-20T09:05:00Z' })).text).toBe('deleted in 5 min');
  expect(actionWords(action({ done_at: '2026-11-20T09:00:00.042Z' })).text).toBe(
    'deleted in 42 ms'
  );
  expect(actionWords(action({ done_at: null })).text).toBe('deleted');
  expect(actionWords(action({ done_at: '2026-11-20T08:00:00Z' })).text).toBe('deleted');
  expect(actionWords(action({ state: 'dead' })).text).toBe('deletion failed: unknown');
  expect(actionWords(mute, now).text).toMatch(/^muted until 21 Nov, \d\d:\d\d$/);
});

test('a probability is never rounded to a certainty', () => {
  expect([999, 1, 505].map(percent)).toEqual(['99 %', '1 %', '51 %']);
});

test('a time of today has no date', () => {
  expect(moment(now.toISOString(), now)).toBe('12:00');
});
