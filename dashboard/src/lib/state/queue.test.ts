import { beforeEach, expect, test } from 'vitest';
import type { Case } from '#lib/api/schema.d.ts';
import { outcome } from '#lib/testing/outcomes.ts';
import { access, problem, serve } from '#lib/testing/server.ts';
import { Queue } from './queue.svelte.ts';

const REFRESH = { 'POST /api/v1/session/refresh': () => Response.json(access()) };
const LIST = 'GET /api/v1/cases';
const DECIDE = 'POST /api/v1/cases/decide';

function open(number: number): Case {
  return { outcome: outcome(number, { state: 'review' }), decisions: [], reports: 0, appeal: null };
}
const page = { items: [open(3), open(2), open(1)], next_cursor: null };
const id = (number: number) => `7-${number}-1`;
const done = (...numbers: number[]) =>
  Response.json({ items: numbers.map((n) => ({ trace_id: id(n), problem: null })) });

let queue: Queue;
let onlyAppealed = false;

beforeEach(async () => {
  serve({ ...REFRESH, [LIST]: () => Response.json(page) });
  queue = new Queue(
    () => -100,
    () => onlyAppealed
  );
  await queue.load();
});

test('a group is asked for by its id, and only open cases', async () => {
  const asked = serve({ ...REFRESH, [LIST]: () => Response.json(page) });
  await queue.load();
  const { searchParams } = new URL(asked.at(-1)?.url ?? '');
  expect([searchParams.get('state'), searchParams.get('chat_id')]).toEqual(['open', '-100']);
});

test('a decision shows at once and stays in its place', async () => {
  serve({ ...REFRESH, [DECIDE]: () => done(3) });
  const deciding = queue.decide([id(3)], 'spam');
  expect(queue.decided.get(id(3))).toBe('spam');
  await deciding;
  expect(queue.cases.items).toHaveLength(3);
  expect(queue.left).toBe(2);
});

test('the next is the next that nobody decided, round the end too', async () => {
  serve({ ...REFRESH, [DECIDE]: () => done(3) });
  await queue.decide([id(3)], 'ham');
  queue.go(2);
  queue.goOn();
  expect(queue.current?.outcome.trace_id).toBe(id(2));
  serve({ ...REFRESH, [DECIDE]: () => done(2, 1) });
  await queue.decide([id(2), id(1)], 'ham');
  queue.goOn();
  expect(queue.left).toBe(0);
});

test('going stops at both ends', () => {
  queue.go(-1);
  expect(queue.index).toBe(0);
  queue.go(9);
  expect(queue.index).toBe(2);
});

test('what is refused of a batch is put back and says why, the rest is done', async () => {
  const refused = { code: 'role_too_low', title: 'Your role does not allow this.', hint: '' };
  serve({
    ...REFRESH,
    [DECIDE]: () =>
      Response.json({
        items: [
          { trace_id: id(3), problem: null },
          { trace_id: id(2), problem: refused }
        ]
      })
  });
  queue.pickAll();
  expect(queue.picked.size).toBe(3);
  await queue.decide([id(3), id(2)], 'spam');
  expect([...queue.decided.keys()]).toEqual([id(3)]);
  expect(queue.refusals.get(id(2))).toBe(refused.title);
  expect([...queue.picked]).toEqual([id(1)]);
});

test('a batch that nobody answers is put back as a whole', async () => {
  serve(REFRESH);
  await queue.decide([id(3), id(2)], 'spam');
  expect(queue.decided.size).toBe(0);
  expect(queue.refusals.size).toBe(2);
});

test('the last decision is taken back, with what it had done', async () => {
  serve({ ...REFRESH, [DECIDE]: () => done(3) });
  await queue.decide([id(3)], 'spam');
  queue.goOn();
  const asked = serve({
    ...REFRESH,
    [`DELETE /api/v1/outcomes/${id(3)}/feedback`]: () => Response.json(outcome(3)),
    [`POST /api/v1/outcomes/${id(3)}/undo`]: () => Response.json(outcome(3), { status: 202 })
  });
  await queue.takeBack();
  expect(queue.decided.size).toBe(0);
  expect(queue.current?.outcome.trace_id).toBe(id(3));
  expect(asked.map(({ method }) => method)).toEqual(['DELETE', 'POST']);
  await queue.takeBack();
  expect(asked).toHaveLength(2);
});

test('what cannot be taken back says why and stands', async () => {
  serve({ ...REFRESH, [DECIDE]: () => done(3) });
  await queue.decide([id(3)], 'ham');
  serve({
    ...REFRESH,
    [`DELETE /api/v1/outcomes/${id(3)}/feedback`]: () => problem(404, 'not_found')
  });
  await queue.takeBack(id(3));
  expect(queue.decided.get(id(3))).toBe('ham');
  expect(queue.refusals.get(id(3))).toBe('title of not_found');
});

test('picked again is picked no more', () => {
  queue.pick(id(1));
  queue.pick(id(1));
  expect(queue.picked.size).toBe(0);
  queue.pickAll();
  queue.pickAll();
  expect(queue.picked.size).toBe(0);
});

test('only appeals are asked for where only they are wanted', async () => {
  onlyAppealed = true;
  const asked = serve({ ...REFRESH, [LIST]: () => Response.json(page) });
  await queue.load();
  onlyAppealed = false;
  expect(new URL(asked.at(-1)?.url ?? '').searchParams.get('appealed')).toBe('true');
});

test('an answered appeal stays answered, and the decision before it is what is taken back', async () => {
  const appeal: Case['appeal'] = {
    state: 'open',
    about: 'mute',
    text: null,
    opened_at: '2026-11-20T09:04:00Z',
    decided_at: null,
    refusals: 0
  };
  const items = [{ ...open(3), appeal }, open(2)];
  serve({
    ...REFRESH,
    [LIST]: () => Response.json({ items, next_cursor: null }),
    [DECIDE]: () => done(2, 3),
    'DELETE /api/v1/outcomes/7-2-1/feedback': () => Response.json(outcome(2))
  });
  await queue.load();
  await queue.decide([id(2)], 'ham');
  await queue.decide([id(3)], 'ham');
  await queue.takeBack(id(3));
  expect([...queue.decided.keys()]).toEqual([id(2), id(3)]);
  await queue.takeBack();
  expect([...queue.decided.keys()]).toEqual([id(3)]);
});
