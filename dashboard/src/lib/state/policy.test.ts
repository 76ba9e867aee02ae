import { beforeEach, expect, test } from 'vitest';
import { FORM, groupPolicy, policy } from '#lib/testing/policies.ts';
import { access, problem, serve } from '#lib/testing/server.ts';
import { PolicyEditor, overlaid } from './policy.svelte.ts';

const ADDRESS = '/api/v1/groups/7/-5/policy';
const OK = {
  'POST /api/v1/session/refresh': () => Response.json(access()),
  'GET /api/v1/policy-form': () => Response.json(FORM),
  'GET /api/v1/signals': () => Response.json({ items: [] }),
  [`GET ${ADDRESS}`]: () => Response.json(groupPolicy(4)),
  [`GET ${ADDRESS}/versions`]: () => Response.json({ items: [], next_cursor: null })
};
let editor: PolicyEditor;

beforeEach(async () => {
  serve(OK);
  editor = new PolicyEditor({ bot_id: 7, chat_id: -5 });
  await editor.load();
});

test('a draft begins as what counts, and tells what it changes', () => {
  expect(editor.phase).toBe('ready');
  expect(editor.changed).toEqual([]);
  if (editor.draft) editor.draft.mute_days = 3;
  expect(editor.changed).toEqual(['mute_days']);
  editor.discard();
  expect(editor.changed).toEqual([]);
});

test('a failed load says why', async () => {
  serve({ ...OK, [`GET ${ADDRESS}`]: () => problem(404, 'not_found') });
  await editor.load();
  expect(editor.phase).toBe('failed');
  expect(editor.failure?.problem.code).toBe('not_found');
});

test('saving sends the version it is made from and takes what came of it', async () => {
  const asked = serve({
    ...OK,
    [`PUT ${ADDRESS}`]: () => Response.json(groupPolicy(5, { mute_days: 3 }))
  });
  if (editor.draft) editor.draft.mute_days = 3;
  expect(await editor.save('Milder')).toBe(true);
  const put = asked.find(({ method }) => method === 'PUT');
  expect(put?.headers.get('if-match')).toBe('"4"');
  expect(await put?.json()).toMatchObject({ reason: 'Milder', policy: { mute_days: 3 } });
  expect(editor.saved?.version).toBe(5);
  expect(editor.changed).toEqual([]);
});

test('a refusal stands at its field and keeps the draft', async () => {
  const refused = {
    code: 'policy_invalid',
    title: 't',
    hint: 'h',
    errors: [{ field: 'mute_days', text: 'must be within 1..=365' }]
  };
  serve({ ...OK, [`PUT ${ADDRESS}`]: () => Response.json(refused, { status: 422 }) });
  if (editor.draft) editor.draft.mute_days = 0;
  expect(await editor.save('')).toBe(false);
  expect(editor.errorOf('mute_days')).toContain('1..=365');
  expect(editor.errorOf('ban_days')).toBe('');
  expect(editor.changed).toEqual(['mute_days']);
});

test('over somebody else’s change, the own ones are laid on top', async () => {
  serve({ ...OK, [`PUT ${ADDRESS}`]: () => problem(412, 'policy_changed') });
  if (editor.draft) editor.draft.mute_days = 3;
  expect(await editor.save('')).toBe(false);
  serve({ ...OK, [`GET ${ADDRESS}`]: () => Response.json(groupPolicy(5, { ban_days: 9 })) });
  await editor.rebase();
  expect(editor.refusal).toBeNull();
  expect(editor.draft).toMatchObject({ mute_days: 3, ban_days: 9 });
  expect(editor.changed).toEqual(['mute_days']);
});

test('a former version is asked for by its number', async () => {
  serve({ ...OK, [`POST ${ADDRESS}/versions/2/return`]: () => Response.json(groupPolicy(5)) });
  expect(await editor.returnTo(2)).toBe(true);
  expect(editor.news).toContain('Version 2');
});

test('older versions follow those that are shown', async () => {
  const page = (version: number, next_cursor: string | null) => () =>
    Response.json({ items: [{ ...groupPolicy(version), changes: [] }], next_cursor });
  serve({ ...OK, [`GET ${ADDRESS}/versions`]: page(4, '4') });
  await editor.load();
  serve({ ...OK, [`GET ${ADDRESS}/versions`]: page(3, null) });
  await editor.loadOlder();
  expect(editor.versions.map(({ version }) => version)).toEqual([4, 3]);
  expect(editor.nextCursor).toBeNull();
});

test('fields of objects and signals are laid over one by one', () => {
  const theirs = policy({ signals: { newness: { enabled: false, factor: 100 } }, ban_days: 9 });
  const mine = policy({ signals: { flood: { enabled: true, factor: 50 } }, mute_days: 3 });
  mine.thresholds.delete = 700;
  const touched = ['signals.flood.factor', 'thresholds.delete', 'mute_days'];
  const result = overlaid(theirs, mine, touched);
  expect(result.signals).toEqual({ ...theirs.signals, ...mine.signals });
  expect([result.mute_days, result.ban_days, result.thresholds.delete]).toEqual([3, 9, 700]);
});
