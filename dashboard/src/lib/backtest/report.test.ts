import { expect, test } from 'vitest';
import type { BacktestReport } from '#lib/api/schema.d.ts';
import { asCsv, byWords, rowsOf, sumWords } from './report.ts';

type Difference = BacktestReport['differences'][number];

const totals = { kept: 8, reviewed: 1, deleted: 1, punished: 0 };
const report = (changes: Partial<BacktestReport>): BacktestReport => ({
  event: 'report',
  messages: 10,
  before: totals,
  after: totals,
  differing: 0,
  stricter: 0,
  differences: [],
  faulty: 0,
  faults: [],
  ...changes
});
const difference = (changes: Partial<Difference>): Difference => ({
  id: '7',
  text: 'Hello',
  before: { message: 'keep', sender: 'none' },
  after: { message: 'delete', sender: 'mute' },
  probability_before: 120,
  probability_after: 910,
  signals: [
    { name: 'invite_link', contribution: 1500 },
    { name: 'new_here', contribution: 900 }
  ],
  ...changes
});

test('the policies stand side by side', () => {
  const rows = rowsOf(report({ after: { kept: 6, reviewed: 1, deleted: 3, punished: 2 } }));
  expect(rows.map(({ name, by }) => [name, byWords(by)])).toEqual([
    ['kept', '−2'],
    ['reviewed', '±0'],
    ['deleted', '+2'],
    ['punished', '+2']
  ]);
});

test.each([
  [{ messages: 0 }, 'There is no message in this file.'],
  [{ messages: 1500 }, 'They agree on all 1,500 messages.'],
  [{ differing: 3, stricter: 2 }, 'They differ on 3 of 10 messages: 2 harder, 1 milder.']
])('%j reads %j', (changes, words) => {
  expect(sumWords(report(changes))).toBe(words);
});

test('a file has a line for each message that differs', () => {
  const [head, line, end] = asCsv(report({ differences: [difference({})] })).split('\r\n');
  expect(head).toMatch(/^id,message_before,/);
  expect(line).toBe('7,keep,none,120,delete,mute,910,invite_link new_here,Hello');
  expect(end).toBe('');
});

test.each([
  ['a, b', '"a, b"'],
  ['say "hi"', '"say ""hi"""'],
  ['two\nlines', '"two\nlines"'],
  ['=HYPERLINK("x")', `"'=HYPERLINK(""x"")"`],
  ['+1 555', "'+1 555"],
  ['@spam', "'@spam"]
])('%j is written %j', (text, written) => {
  const csv = asCsv(report({ differences: [difference({ text })] }));
  expect(csv.endsWith(`,${written}\r\n`)).toBe(true);
});
