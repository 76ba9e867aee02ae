import { expect, test } from 'vitest';
import type { Outcome } from '#lib/api/schema.d.ts';
import { action, outcome } from '#lib/testing/outcomes.ts';
import {
  actionWords,
  editWords,
  heldBack,
  moment,
  percent,
  stateWords,
  undoLabel,
  undoResult,
  verdictWords,
  withoutText
} from './words.ts';

const mute = action({ kind: 'mute', until_date: '2026-11-21T09:00:00Z' });
const now = new Date(2026, 10, 20, 12);
const lowered = (sentence: string) =>
  sentence.charAt(0).toLowerCase() + sentence.slice(1).replace(/\.$/, '');

test('what was done is said as done, the message first', () => {
  const done = outcome(1, { sender_verdict: 'mute', actions: [mute, action()] });
  expect(verdictWords(done)).toEqual({ text: 'deleted · muted', tone: 'bad' });
});

test('what was not done is said as a verdict only', () => {
  const observed = outcome(1, { state: 'observed', sender_verdict: 'ban' });
  expect(verdictWords(observed)).toEqual({ text: 'would delete · ban', tone: 'warning' });
  expect(stateWords(observed)[0]?.text).toBe('observe mode');
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
    'in 0.2 s',
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

test('what the verdict says already is not said again', () => {
  const said = (changes: Partial<Outcome>) =>
    stateWords(outcome(1, changes), now).map(({ text }) => text);
  expect(said({ state: 'enforced', actions: [action()] })).toEqual(['in 0.2 s']);
  expect(said({ state: 'enforced', actions: [mute, action()] })).toEqual([
    expect.stringMatching(/^in 0\.2 s, until 21 Nov, \d\d:\d\d$/)
  ]);
  expect(said({ state: 'review', message: 'review' })).toEqual([]);
  expect(said({ state: 'undoing' })).toEqual(['undoing…']);
});

const lacking = (text: string) =>
  action({ state: 'dead', error: { code: 'missing_right', text, hint: '' } });

test('a missing right is named by what may not be done', () => {
  const words = actionWords(lacking('The bot may not delete messages.'));
  expect(words).toEqual({ text: 'failed: may not delete messages', tone: 'bad' });
  expect(actionWords(lacking('Old words.')).text).toBe('deletion failed: old words');
});

test('the button says what it takes back', () => {
  const label = (...effects: Outcome['undo']['effects']) =>
    undoLabel(
      outcome(1, {
        undo: { possible: effects.length > 0, effects, restores: [], cannot_restore: [] }
      })
    );
  expect(label()).toBe('');
  expect(label('lift_mute')).toBe('Lift the mute');
  expect(label('lift_ban')).toBe('Lift the ban');
  expect(label('stop')).toBe('Undo');
  expect(label('lift_mute', 'lift_ban')).toBe('Undo');
});

const undoneWith = (restored: unknown, not_restored: unknown) =>
  outcome(1, {
    state: 'undone',
    actions: [action(), action({ id: 'u', kind: 'undo', result: { restored, not_restored } })]
  });

test('who was banned is still outside after an undo, and that is said', () => {
  const outside = 'The person is outside the group and has to come back by themselves.';
  const freed = undoneWith(['The ban is lifted.'], ['The message stays deleted: …', outside]);
  expect(stateWords(freed).map(({ text }) => text)).toEqual(['undone', lowered(outside)]);
  expect(undoResult(freed).restored).toEqual(['The ban is lifted.']);
});

test('an undo that brought nothing back does not say undone', () => {
  const words = stateWords(undoneWith([], ['The message stays deleted: …']));
  expect(words).toEqual([{ text: 'nothing was left to take back', tone: 'plain' }]);
  expect(stateWords(undoneWith(null, 7))[0]?.text).toBe('undone');
});

const bars = [
  { name: 'review', probability: 400 },
  { name: 'delete', probability: 600 },
  { name: 'challenge', probability: 750 },
  { name: 'mute', probability: 880 },
  { name: 'ban', probability: 950 }
] as Outcome['bars'];
const bounds = [
  { name: 'cap:links', sentence: 'Only up to their cap.', short: 'capped' },
  { name: 'message_bar', sentence: 'No single piece was strong.', short: 'no strong evidence' }
];

test('what was kept says why', () => {
  const kept = (probability: number) =>
    stateWords(outcome(1, { state: 'kept', message: 'keep', probability, bars, bounds }))[0]?.text;
  expect(kept(300)).toBe('below 40 %, where review begins');
  expect(kept(700)).toBe('no strong evidence');
  expect(stateWords(outcome(1, { state: 'kept' }))).toEqual([]);
});

test('a verdict below its score says what held it back', () => {
  const held = (changes: Partial<Outcome>) => heldBack(outcome(1, { bars, bounds, ...changes }));
  expect(held({ message: 'review', probability: 700 })).toBe('no strong evidence');
  expect(held({ message: 'delete', sender_verdict: 'none', probability: 700 })).toBe('');
  expect(held({ message: 'delete', sender_verdict: 'none', probability: 900 })).toBe(
    'no strong evidence'
  );
  expect(held({ message: 'delete', sender_verdict: 'ban', probability: 990 })).toBe('');
  expect(held({ message: 'review', probability: 700, bounds: [] })).toBe('');
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

test('where there is no text it is said why', () => {
  const said = (event: string, state: Outcome['texts_state'] = 'readable') =>
    withoutText(outcome(1, { event, texts_state: state }));
  expect(said('message')).toBe('A message without text.');
  expect(said('join')).toBe('Joined the group.');
  expect(said('reaction')).toBe('Reacted to messages.');
  expect(said('join', 'purged')).toBe('The text is past its retention time.');
  expect(said('message', 'unreadable')).toMatch(/^The text cannot be opened/);
});

test('a probability is never rounded to a certainty', () => {
  expect([999, 1, 505].map(percent)).toEqual(['99 %', '1 %', '51 %']);
});

test('a time of today has no date', () => {
  expect(moment(now.toISOString(), now)).toBe('12:00');
});

test('what a person had deleted out of the review queue is said as deleted', () => {
  const decided = outcome(1, {
    message: 'review',
    state: 'enforced',
    feedback: 'spam',
    actions: [action({ requested_by: 'user:5' })]
  });
  expect(verdictWords(decided)).toEqual({ text: 'deleted', tone: 'bad' });
});

test('of an edit it is said what it added, as far as that is known', () => {
  const edited = (links_before: number | null, links_added: number | null) =>
    editWords(outcome(1, { event: 'edit', edit: { links_before, links_added } }));
  expect(edited(1, 2)).toBe('edited: 2 links or names added');
  expect(edited(0, 1)).toBe('edited: 1 link or name added');
  expect(edited(0, null)).toBe('edited; 0 links or names before');
  expect(edited(null, null)).toBe('edited; what it said before is not known');
  expect(editWords(outcome(1))).toBe('');
});
