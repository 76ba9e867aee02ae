import { beforeEach, expect, test } from 'vitest';
import type { Group } from '#lib/api/schema.d.ts';
import { access, serve } from '#lib/testing/server.ts';
import { Console } from './console.svelte.ts';
import { ThemeChoice } from './theme.svelte.ts';

beforeEach(() => {
  localStorage.clear();
});

function group(chat_id: number): Group {
  return {
    bot_id: 7,
    chat_id,
    title: 'Balcony gardeners',
    role: 'admin',
    posture: 'guarding',
    week: [],
    in_review: 0,
    policy_version: 1,
    missing_rights: [],
    rights_checked_at: null,
    today: { judged: 10, flagged: 3, deleted: 2, punished: 1 }
  };
}

test('figures of today are summed over the groups that are shown', async () => {
  serve({
    'POST /api/v1/session/refresh': () => Response.json(access()),
    'GET /api/v1/me': () => Response.json({ subject: 'operator', role: 'operator', demo: true }),
    'GET /api/v1/groups': () => Response.json({ items: [group(-1), group(-2)] })
  });
  const shown = new Console();
  await shown.load();
  expect(shown.me?.demo).toBe(true);
  expect(shown.today(null)).toEqual({ judged: 20, flagged: 6, deleted: 4, punished: 2 });
  expect(shown.today(-2).judged).toBe(10);
});

test('a group that is told to guard does so on the screen too', async () => {
  const watched: Group = { ...group(-1), posture: 'observing' };
  const asked = serve({
    'POST /api/v1/session/refresh': () => Response.json(access()),
    'GET /api/v1/me': () => Response.json({ subject: 'operator', role: 'operator', demo: true }),
    'GET /api/v1/groups': () => Response.json({ items: [watched, group(-2)] }),
    'PATCH /api/v1/groups/7/-1': () => Response.json(group(-1))
  });
  const shown = new Console();
  await shown.load();
  await shown.setPosture(watched, 'guarding');
  expect(await asked.at(-1)?.json()).toEqual({ posture: 'guarding' });
  expect(shown.shownGroups.map(({ posture }) => posture)).toEqual(['guarding', 'guarding']);
});

test('an answer that was asked for before a change does not take it back', async () => {
  const watched: Group = { ...group(-1), posture: 'observing' };
  let arrive: (late: Response) => void = () => undefined;
  serve({
    'POST /api/v1/session/refresh': () => Response.json(access()),
    'GET /api/v1/me': () => Response.json({ subject: 'operator', role: 'operator', demo: true }),
    'GET /api/v1/groups': () => new Promise((resolve) => (arrive = resolve)),
    'PATCH /api/v1/groups/7/-1': () => Response.json(group(-1))
  });
  const shown = new Console();
  shown.groups = [watched];
  const loading = shown.load();
  await shown.setPosture(watched, 'guarding');
  arrive(Response.json({ items: [watched] }));
  await loading;
  expect(shown.groups.map(({ posture }) => posture)).toEqual(['guarding']);
});

test('the choice of colours goes round and is kept', () => {
  const theme = new ThemeChoice();
  expect(theme.current).toBe('system');
  theme.next();
  expect([theme.current, document.documentElement.dataset.theme]).toEqual(['light', 'light']);
  expect(new ThemeChoice().current).toBe('light');
  theme.next();
  theme.next();
  expect(theme.current).toBe('system');
});
