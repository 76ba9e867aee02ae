import { expect, test } from 'vitest';
import type { Group } from '#lib/api/schema.d.ts';
import { firstGroup, isGuarded, stepsOf } from './steps.ts';

const right = { name: 'can_delete_messages', title: 'Delete messages', hint: '' };
const group = (changes: Partial<Group> = {}): Group => ({
  bot_id: 7,
  chat_id: -5,
  title: 'Makers',
  role: 'operator',
  posture: 'observing',
  policy_version: 1,
  missing_rights: [],
  rights_checked_at: '2026-11-20T09:00:00Z',
  today: { judged: 0, flagged: 0, deleted: 0, punished: 0 },
  week: [],
  in_review: 0,
  ...changes
});
const states = (...seen: Parameters<typeof stepsOf>) => stepsOf(...seen).map(({ state }) => state);

test('without a token that is the next step, whatever the demo guards', () => {
  const guarded = group({ posture: 'guarding' });
  expect(states({ demo: true, bot: null }, [guarded])).toEqual([
    'now',
    'later',
    'later',
    'later',
    'later'
  ]);
});

test('while Telegram has not told the bot’s name nothing else can be done', () => {
  expect(states({ demo: false, bot: null }, [])).toEqual([
    'done',
    'now',
    'later',
    'later',
    'later'
  ]);
});

test('a group comes first, then its rights, then the guard', () => {
  const seen = { demo: false, bot: 'warden_bot' };
  expect(states(seen, []).indexOf('now')).toBe(2);
  expect(states(seen, [group({ rights_checked_at: null })]).indexOf('now')).toBe(3);
  expect(states(seen, [group({ missing_rights: [right] })]).indexOf('now')).toBe(3);
  expect(states(seen, [group()]).indexOf('now')).toBe(4);
  expect(states(seen, [group({ posture: 'guarding' })])).toEqual(Array(5).fill('done'));
});

test('a group that guards without its rights still lacks them', () => {
  const unable = group({ posture: 'guarding', missing_rights: [right] });
  expect(isGuarded(unable)).toBe(false);
  expect(states({ demo: false, bot: 'b' }, [unable])).toEqual([
    'done',
    'done',
    'done',
    'now',
    'done'
  ]);
});

test('the steps are about the group that is nearest to being guarded', () => {
  const near = group({ chat_id: -2 });
  const unknown = group({ chat_id: -1, rights_checked_at: null, posture: 'guarding' });
  expect(firstGroup([unknown, group({ missing_rights: [right] }), near])).toBe(near);
  expect(firstGroup([])).toBeNull();
});

test('what is done is told', () => {
  const told = stepsOf({ demo: false, bot: 'warden_bot' }, [group()]).map((step) => step.told);
  expect(told).toEqual([
    'It is set.',
    'It is @warden_bot.',
    'Makers',
    'It may delete messages and ban users.',
    ''
  ]);
});
