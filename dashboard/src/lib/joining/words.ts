/** Raids in words. */
import type { RaidRecord } from '#lib/api/schema.d.ts';
import { personWords } from '#lib/people/words.ts';

/** For how long people begin one. */
export const LENGTHS = [
  { minutes: 15, title: '15 minutes' },
  { minutes: 30, title: '30 minutes' },
  { minutes: 120, title: '2 hours' },
  { minutes: 1440, title: 'a day' }
];

/** "began with 212 joins", "begun by Rosa Green". */
export function begunWords({ started_by, started_by_name, joins }: RaidRecord): string {
  if (started_by === 'joins') return `began with ${joins} joins`;
  return `begun by ${personWords(started_by, started_by_name)}`;
}

/** "ended by itself", "ended by Rosa Green"; '' while it is on. */
export function endedWords({ ended_by, ended_by_name }: RaidRecord): string {
  if (ended_by === null) return '';
  return ended_by === 'time'
    ? 'ended by itself'
    : `ended by ${personWords(ended_by, ended_by_name)}`;
}

/** "24 minutes"; as long as it has been on. */
export function minutesOf({ started_at, ended_at }: RaidRecord, now = new Date()): string {
  const end = ended_at === null ? now.getTime() : Date.parse(ended_at);
  const minutes = Math.max(1, Math.round((end - Date.parse(started_at)) / 60_000));
  return minutes === 1 ? '1 minute' : `${minutes} minutes`;
}

/** "asked 212 · answered 9 · removed 203 · deleted 31 messages · banned 4"; what is none is left out. */
export function figureWords({ figures }: RaidRecord): string {
  const { asked, passed, removed, deleted, banned } = figures;
  const parts: [number, string][] = [
    [asked, `asked ${asked}`],
    [passed, `answered ${passed}`],
    [removed, `removed ${removed}`],
    [deleted, deleted === 1 ? 'deleted 1 message' : `deleted ${deleted} messages`],
    [banned, `banned ${banned}`]
  ];
  const told = parts.filter(([count]) => count > 0).map(([, words]) => words);
  return told.join(' · ') || 'Nothing had to be done.';
}
