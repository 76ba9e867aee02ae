import { expect, test } from 'vitest';
import { access, problem, serve } from '#lib/testing/server.ts';
import { Transfer } from './transfer.svelte.ts';

const ADDRESS = '/api/v1/groups/7/-5/transfer';
const PLAN = {
  source: 'rose',
  changes: [{ field: 'rules.rose-1', before: null, after: { pattern: 'casino' } }],
  newly_allowed: [],
  left_out: [{ place: 'data.notes.notes[0]', reason: 'no counterpart here' }]
};
const OK = {
  'POST /api/v1/session/refresh': () => Response.json(access()),
  [`GET ${ADDRESS}`]: () => new Response('format: 1\n'),
  [`POST ${ADDRESS}/preview`]: () => Response.json(PLAN, { headers: { etag: '"4"' } }),
  [`POST ${ADDRESS}`]: () => Response.json(PLAN)
};
const transfer = () => new Transfer({ bot_id: 7, chat_id: -5 });

test('a file is fetched as it is written', async () => {
  serve(OK);
  expect(await transfer().written('yaml')).toBe('format: 1\n');
});

test('what was looked at is taken in over the version that was seen', async () => {
  const asked = serve(OK);
  const one = transfer();
  await one.preview('rose.txt', '{}');
  expect(one.plan?.left_out).toHaveLength(1);
  expect(one.changesSomething).toBe(true);
  expect(await one.takeIn()).toBe(true);
  expect(one.plan).toBeNull();
  const last = asked.at(-1);
  expect(last?.headers.get('if-match')).toBe('"4"');
  expect(await last?.json()).toEqual({ name: 'rose.txt', content: '{}' });
});

test('a refusal stays until another file is chosen, and nothing is taken in', async () => {
  serve({ ...OK, [`POST ${ADDRESS}/preview`]: () => problem(422, 'transfer_invalid') });
  const one = transfer();
  await one.preview('x.yaml', '');
  expect(one.refusal?.problem.code).toBe('transfer_invalid');
  expect(await one.takeIn()).toBe(false);
  serve(OK);
  await one.preview('x.yaml', 'format: 1');
  expect(one.refusal).toBeNull();
});
