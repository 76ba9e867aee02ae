import { expect, test } from 'vitest';
import type { Appeal } from '#lib/api/schema.d.ts';
import { appealResult, appealTitle, decisionWords, isAppealed } from './words.ts';

function appeal(changes: Partial<Appeal> = {}): Appeal {
  return {
    state: 'open',
    about: 'mute',
    text: 'It was about seeds.',
    opened_at: '2026-11-20T09:04:00Z',
    decided_at: null,
    refusals: 0,
    ...changes
  };
}

test('an appeal is named by what it is against, and by what was said of it before', () => {
  expect(appealTitle(appeal())).toBe('Appeal against the mute');
  expect(appealTitle(appeal({ about: 'delete_message', refusals: 1 }))).toBe(
    'Appeal against the deletion, refused once before'
  );
});

test('what came of it is said once something has', () => {
  expect(appealResult(appeal())).toBe('');
  expect(appealResult(appeal({ state: 'accepted' }))).toBe('appeal accepted');
  expect(appealResult(appeal({ state: 'lapsed' }))).toContain('before its appeal was decided');
});

test('an appeal is answered, any other case is called what it is', () => {
  expect(decisionWords({ appeal: appeal() })).toEqual({
    spam: ['Refuse', 'Refused'],
    ham: ['Accept', 'Accepted']
  });
  for (const other of [null, appeal({ state: 'refused' })]) {
    expect(isAppealed({ appeal: other })).toBe(false);
    expect(decisionWords({ appeal: other }).spam).toEqual(['Spam', 'Spam']);
  }
});
