import { expect, test } from 'vitest';
import type { AnswerChange, PolicyPreview, Signal } from '#lib/api/schema.d.ts';
import { answerWords, basisWords, saidWords, sums, untoldWords } from './preview.ts';

const CHANGE: AnswerChange = {
  before: { message: 'review', sender: 'none' },
  after: { message: 'delete', sender: 'mute' },
  is_stricter: true,
  outcomes: 12,
  called_spam: 9,
  called_ham: 1,
  examples: ['7-1-1']
};
const PREVIEW: PolicyPreview = {
  since: '2026-11-12T09:00:00Z',
  judged: 18230,
  outcomes: 412,
  left_out: 0,
  changes: [CHANGE, { ...CHANGE, is_stricter: false, outcomes: 3 }],
  untold: ['gate.ask', 'rules.casino']
};

test('an answer is told as the feed tells it', () => {
  expect(answerWords(CHANGE.before)).toBe('review');
  expect(answerWords(CHANGE.after)).toBe('delete · mute');
});

test('what admins had said speaks for a change or against it', () => {
  expect(saidWords(CHANGE)).toEqual([
    { text: '9 you called spam', tone: 'good' },
    { text: '1 you said are no spam', tone: 'bad' }
  ]);
  expect(saidWords({ ...CHANGE, is_stricter: false, called_ham: 0 })).toEqual([
    { text: '9 you called spam', tone: 'bad' }
  ]);
});

test('both directions are summed, each by itself', () => {
  expect(sums(PREVIEW)).toEqual({ stricter: 12, milder: 3 });
});

test('what it rests on is told, and what it cannot tell', () => {
  expect(basisWords(PREVIEW)).toBe('Since 12 Nov something was found in 412 of 18,230 messages.');
  expect(untoldWords(PREVIEW, [] as Signal[])).toBe('Who is asked, Rule casino');
});
