import { expect, test } from 'vitest';
import { policy } from '#lib/testing/policies.ts';
import { changedFields, setSignal, settingOf, weighed } from './changes.ts';

test('policies that say the same differ nowhere', () => {
  const explicit = policy({ signals: { newness: { enabled: true, factor: 100 } } });
  expect(changedFields(policy(), explicit)).toEqual([]);
});

test('each field that differs is named by its path', () => {
  const before = policy({ rules: [rule('a'), rule('b')] });
  const after = policy({
    mute_days: 3,
    thresholds: { review: null, delete: 700, challenge: null, mute: null, ban: null },
    signals: { newness: { enabled: false, factor: 50 } },
    rules: [{ ...rule('b'), note: 'new' }, rule('c')]
  });
  expect(changedFields(before, after)).toEqual([
    'mute_days',
    'rules.a',
    'rules.b',
    'rules.c',
    'signals.newness.enabled',
    'signals.newness.factor',
    'thresholds.delete'
  ]);
});

test('a signal that is set back is mentioned no more', () => {
  const draft = policy();
  setSignal(draft, 'newness', { enabled: true, factor: 150 });
  expect(settingOf(draft, 'newness').factor).toBe(150);
  setSignal(draft, 'newness', { enabled: true, factor: 100 });
  expect(draft.signals).toEqual({});
});

test('a weight follows its factor as the engine reckons, and nothing counts that is off', () => {
  expect(weighed(1500, { enabled: true, factor: 50 })).toBe(750);
  expect(weighed(-333, { enabled: true, factor: 50 })).toBe(-166);
  expect(weighed(1500, { enabled: false, factor: 50 })).toBe(0);
});

function rule(id: string) {
  return {
    id,
    kind: 'literal' as const,
    pattern: 'casino',
    places: ['own' as const],
    look_at: 'folded' as const,
    applies_to: 'everyone' as const,
    verdict: { message: 'delete' as const, sender: 'none' as const },
    note: null,
    expires_at: null,
    enabled: true
  };
}
