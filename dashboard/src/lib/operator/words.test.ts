import { expect, test } from 'vitest';
import type { Check, Part, PersonHeld, QueueState } from '#lib/api/schema.d.ts';
import { checksWords, heldWords, isLate, lateWords, partsWords, sizeWords } from './words.ts';

const part = (state: Part['state']): Part => ({ name: 'x', state, detail: '' });
const check = (state: Check['state']): Check => ({ part: 'x', state, detail: '', mend: '' });
const queue = (changes: Partial<QueueState>): QueueState => ({
  queue: 'actions',
  waiting: 1,
  late_seconds: 0,
  ...changes
});

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.0 KiB'],
  [7_340_032, '7.0 MiB'],
  [5 * 1024 ** 5, '5120.0 TiB']
])('%i bytes are %s', (bytes, words) => {
  expect(sizeWords(bytes)).toBe(words);
});

test.each([
  [0, ''],
  [40, '40 s'],
  [89, '89 s'],
  [90, '2 min'],
  [5399, '90 min'],
  [7200, '2 h']
])('late by %i seconds is "%s"', (seconds, words) => {
  expect(lateWords(seconds)).toBe(words);
});

test('what is late by a minute is to be looked at, and whatever was set aside', () => {
  expect(isLate(queue({ late_seconds: 59 }))).toBe(false);
  expect(isLate(queue({ late_seconds: 60 }))).toBe(true);
  expect(isLate(queue({ queue: 'set_aside' }))).toBe(true);
  expect(isLate(queue({ queue: 'set_aside', waiting: 0 }))).toBe(false);
});

test('parts are told together', () => {
  expect(partsWords([part('ok')])).toBe('All parts are well.');
  expect(partsWords([part('ok'), part('starting')])).toBe('One part is not well.');
  expect(partsWords([part('failing'), part('starting')])).toBe('2 parts are not well.');
});

test('checks are told together, those that fail apart', () => {
  expect(checksWords([check('ok')])).toBe('Nothing to mend.');
  expect(checksWords([check('warning'), check('ok')])).toBe('1 to mend.');
  expect(checksWords([check('warning'), check('failing')])).toBe('2 to mend, 1 of them failing.');
});

const NOTHING: PersonHeld = {
  outcomes: 0,
  newest_outcome: null,
  actions: 0,
  strikes: 0,
  challenges: 0,
  allowed_in: 0,
  feedback: 0,
  reports: 0,
  did: 0,
  roles: 0,
  sign_ins: 0
};

test('of a person only what there is is told, in one and in many', () => {
  expect(heldWords(NOTHING)).toEqual([]);
  const held = { ...NOTHING, outcomes: 1, newest_outcome: '2026-03-01T12:00:00Z', strikes: 2 };
  expect(heldWords(held)).toEqual(['1 message that something was found in', '2 warnings']);
});
