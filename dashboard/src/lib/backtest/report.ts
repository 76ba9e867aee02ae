/** A backtest's report in words and as a file. */
import type { BacktestReport } from '#lib/api/schema.d.ts';

export const LARGEST_FILE = 32 * 1024 * 1024;

/** Both policies side by side. */
export function rowsOf({ before, after }: Pick<BacktestReport, 'before' | 'after'>) {
  const row = (name: string, key: keyof typeof before) => ({
    name,
    before: before[key],
    after: after[key],
    by: after[key] - before[key]
  });
  return [
    row('kept', 'kept'),
    row('reviewed', 'reviewed'),
    row('deleted', 'deleted'),
    row('punished', 'punished')
  ];
}

/** "+3", "−2", "±0". */
export function byWords(by: number): string {
  if (by === 0) return '±0';
  return by > 0 ? `+${by.toLocaleString('en')}` : `−${(-by).toLocaleString('en')}`;
}

/** "They differ on 3 of 500 messages: 2 harder, 1 milder." */
export function sumWords({ messages, differing, stricter }: BacktestReport): string {
  const all = messages.toLocaleString('en');
  if (messages === 0) return 'There is no message in this file.';
  if (differing === 0) return `They agree on all ${all} messages.`;
  const count = (number: number) => number.toLocaleString('en');
  return `They differ on ${count(differing)} of ${all} messages: ${count(stricter)} harder, ${count(differing - stricter)} milder.`;
}

const HEAD = [
  'id',
  'message_before',
  'sender_before',
  'probability_before',
  'message_after',
  'sender_after',
  'probability_after',
  'signals',
  'text'
];

/** The messages that differ, a line each (RFC 4180). Probabilities in permille. */
export function asCsv({ differences }: Pick<BacktestReport, 'differences'>): string {
  const lines = differences.map((one) => [
    one.id,
    one.before.message,
    one.before.sender,
    String(one.probability_before),
    one.after.message,
    one.after.sender,
    String(one.probability_after),
    one.signals.map(({ name }) => name).join(' '),
    one.text
  ]);
  return [HEAD, ...lines].map((cells) => `${cells.map(cell).join(',')}\r\n`).join('');
}

/** What begins like a formula is none: a spreadsheet would carry out what a spammer wrote. */
function cell(value: string): string {
  const harmless = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
