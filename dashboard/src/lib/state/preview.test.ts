import { beforeEach, expect, test, vi } from 'vitest';
import { policy } from '#lib/testing/policies.ts';
import { access, problem, serve } from '#lib/testing/server.ts';
import { DraftPreview } from './preview.svelte.ts';

const ADDRESS = '/api/v1/groups/7/-5/policy/preview';
const EMPTY = {
  since: '2026-11-12T09:00:00Z',
  judged: 5,
  outcomes: 2,
  left_out: 0,
  changes: [],
  untold: []
};
const SESSION = { 'POST /api/v1/session/refresh': () => Response.json(access()) };
let preview: DraftPreview;

beforeEach(() => {
  preview = new DraftPreview({ bot_id: 7, chat_id: -5 });
});

test('a draft is asked about once it rests, and only as it is then', async () => {
  const asked = serve({ ...SESSION, [`POST ${ADDRESS}`]: () => Response.json(EMPTY) });
  preview.follow(policy({ mute_days: 1 }));
  preview.follow(policy({ mute_days: 2 }));
  expect(preview.phase).toBe('asking');
  await vi.waitFor(() => expect(preview.phase).toBe('ready'));
  const posts = asked.filter(({ url }) => url.endsWith(ADDRESS));
  expect(posts).toHaveLength(1);
  expect(await posts[0]?.json()).toMatchObject({ policy: { mute_days: 2 } });
  expect(preview.data?.judged).toBe(5);
});

test('without a change there is nothing to tell', async () => {
  serve({ ...SESSION, [`POST ${ADDRESS}`]: () => Response.json(EMPTY) });
  preview.follow(policy({ mute_days: 1 }));
  preview.follow(null);
  expect(preview.phase).toBe('idle');
});

test('a draft that is refused says where that is shown', async () => {
  serve({ ...SESSION, [`POST ${ADDRESS}`]: () => problem(422, 'policy_invalid') });
  preview.follow(policy({ mute_days: 0 }));
  await vi.waitFor(() => expect(preview.phase).toBe('failed'));
  expect(preview.trouble).toContain('saving shows it');
});

test('examples that are gone are left out', async () => {
  serve({
    ...SESSION,
    'GET /api/v1/outcomes/7-1-1': () => Response.json({ trace_id: '7-1-1' }),
    'GET /api/v1/outcomes/7-2-1': () => problem(404, 'not_found')
  });
  const found = await preview.examples(['7-1-1', '7-2-1']);
  expect(found.map(({ trace_id }) => trace_id)).toEqual(['7-1-1']);
});
