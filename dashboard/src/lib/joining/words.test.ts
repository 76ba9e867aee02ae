import { expect, test } from 'vitest';
import type { RaidRecord } from '#lib/api/schema.d.ts';
import { begunWords, endedWords, figureWords, minutesOf } from './words.ts';

const RAID: RaidRecord = {
  started_at: '2026-11-20T09:00:00Z',
  started_by: 'joins',
  started_by_name: null,
  until: '2026-11-20T09:31:00Z',
  ended_at: '2026-11-20T09:24:10Z',
  ended_by: 'time',
  ended_by_name: null,
  joins: 212,
  figures: { asked: 212, passed: 9, removed: 203, deleted: 1, banned: 0 }
};

test('a raid that began and ended by itself says so', () => {
  expect(begunWords(RAID)).toBe('began with 212 joins');
  expect(endedWords(RAID)).toBe('ended by itself');
  expect(minutesOf(RAID)).toBe('24 minutes');
});

test('whoever began or ended one is named, where their name is known', () => {
  const begun = { ...RAID, started_by: 'user:5', started_by_name: 'Rosa Green' };
  expect(begunWords(begun)).toBe('begun by Rosa Green');
  expect(endedWords({ ...RAID, ended_by: 'user:6' })).toBe('ended by user 6');
});

test('one that is on has not ended, and lasts as long as it has been on', () => {
  const on = { ...RAID, ended_at: null, ended_by: null };
  expect(endedWords(on)).toBe('');
  expect(minutesOf(on, new Date('2026-11-20T09:00:20Z'))).toBe('1 minute');
});

test('what it came to leaves out what is none', () => {
  expect(figureWords(RAID)).toBe('asked 212 · answered 9 · removed 203 · deleted 1 message');
  const none = { asked: 0, passed: 0, removed: 0, deleted: 0, banned: 0 };
  expect(figureWords({ ...RAID, figures: none })).toBe('Nothing had to be done.');
});
