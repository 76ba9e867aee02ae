import { expect, test } from 'vitest';
import type { AuditEvent } from '#lib/api/schema.d.ts';
import { type AuditKind, KINDS, eventWords } from './words.ts';

function event(kind: AuditKind, detail: AuditEvent['detail'] = null): AuditEvent {
  return {
    id: 1,
    at: '2026-11-20T09:00:00Z',
    subject: 'user:5',
    name: null,
    key_id: null,
    kind,
    group: null,
    target: 'user:9',
    detail
  };
}

test.each([
  ['feedback_given', { label: 'spam' }, 'called a message spam'],
  ['feedback_given', { label: 'ham' }, 'called a message no spam'],
  ['policy_changed', { version: 4 }, 'changed the policy to version 4'],
  ['posture_changed', { posture: 'guarding' }, 'let the group be guarded'],
  ['signed_in', { way: 'mini app' }, 'signed in by mini app'],
  ['joined_team', { role: 'viewer' }, 'joined the team as viewer'],
  ['left_team', null, 'took user 9 out of the team'],
  ['raid_begun', { minutes: 30 }, 'began a raid for 30 minutes'],
  ['undone', null, 'undid an outcome'],
  ['dead_letters_replayed', { kind: 'update', letters: 3 }, 'replayed a dead letter'],
  ['dead_letter_dropped', { kind: 'update' }, 'dropped a dead letter']
] as const)('%s with %j reads %j', (kind, detail, words) => {
  expect(eventWords(event(kind, detail))).toBe(words);
});

test('every kind is found under one of the filters', () => {
  const found = KINDS.flatMap(({ kinds }) => kinds);
  expect(new Set(found).size).toBe(found.length);
  for (const kind of found) expect(eventWords(event(kind))).not.toBe('');
});
