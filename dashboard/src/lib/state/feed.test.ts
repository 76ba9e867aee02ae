import { beforeEach, expect, test, vi } from 'vitest';
import type { Outcome } from '#lib/api/schema.d.ts';
import { outcome } from '#lib/testing/outcomes.ts';
import { access, problem, serve } from '#lib/testing/server.ts';
import { Feed } from './feed.svelte.ts';

const LIST = 'GET /api/v1/outcomes';
const REFRESH = { 'POST /api/v1/session/refresh': () => Response.json(access()) };

let page: { items: Outcome[]; next_cursor: string | null };
let asked: Request[];

beforeEach(() => {
  page = { items: [outcome(2), outcome(1)], next_cursor: null };
  asked = serve({ ...REFRESH, [LIST]: () => Response.json(page) });
});

async function loaded(): Promise<Feed> {
  const feed = new Feed();
  await feed.load();
  return feed;
}

const come = (feed: Feed, row: Outcome) => feed.take({ type: 'outcome', id: 1, outcome: row });
const numbers = (feed: Feed) => feed.rows.map(({ message_id }) => message_id);

test('nothing is fetched or kept until it is looked at, and then once', async () => {
  const feed = new Feed();
  come(feed, outcome(3));
  await feed.narrow({ name: 'review' });
  expect([asked.length, feed.rows]).toEqual([0, []]);
  await Promise.all([feed.open(), feed.open()]);
  come(feed, outcome(4));
  expect(asked.filter(({ url }) => url.includes('/outcomes'))).toHaveLength(1);
  expect(asked.at(-1)?.url).toContain('state=review');
});

test('what is new comes on top, by its date', async () => {
  const feed = await loaded();
  come(feed, outcome(4));
  come(feed, outcome(3));
  come(feed, outcome(0));
  expect(numbers(feed)).toEqual([4, 3, 2, 1, 0]);
});

test('what is new waits while somebody reads, and comes when they leave', async () => {
  const feed = await loaded();
  feed.hold(true);
  come(feed, outcome(3));
  come(feed, outcome(4));
  expect([numbers(feed), feed.waiting]).toEqual([[2, 1], 2]);
  feed.hold(false);
  expect([numbers(feed), feed.waiting]).toEqual([[4, 3, 2, 1], 0]);
});

test('of what comes for hours while somebody reads no more is kept than is shown, and none is lost', async () => {
  const feed = await loaded();
  feed.hold(true);
  for (let number = 3; number < 1100; number++) come(feed, outcome(number));
  expect([feed.waiting, feed.hasMoreWaiting]).toEqual([1000, true]);
  page = { items: [outcome(1099), outcome(1098)], next_cursor: 'older' };
  feed.hold(false);
  await vi.waitFor(() => expect(numbers(feed)).toEqual([1099, 1098]));
  expect([feed.waiting, feed.hasMoreWaiting, feed.hasOlder]).toEqual([0, false, true]);
});

test('where the stream lost its place, what somebody reads stays where it is', async () => {
  const feed = await loaded();
  feed.hold(true);
  page = { items: [outcome(9)], next_cursor: null };
  feed.take({ type: 'reset', id: 5 });
  expect([numbers(feed), feed.hasMoreWaiting]).toEqual([[2, 1], true]);
});

test('a paused feed keeps still even when nobody reads', async () => {
  const feed = await loaded();
  feed.pause(true);
  come(feed, outcome(3));
  feed.hold(false);
  expect(numbers(feed)).toEqual([2, 1]);
  feed.pause(false);
  expect(numbers(feed)).toEqual([3, 2, 1]);
});

test('the outcome of a later round takes the place of the first one', async () => {
  const feed = await loaded();
  come(feed, outcome(1, { trace_id: '7-1-2', state: 'enforced' }));
  expect(feed.rows.map(({ trace_id }) => trace_id)).toEqual(['7-2-1', '7-1-2']);
  expect(feed.find('7-1-1')?.trace_id).toBe('7-1-2');
});

test('a change of a shown or waiting outcome is taken in its place', async () => {
  const feed = await loaded();
  feed.hold(true);
  come(feed, outcome(3));
  come(feed, outcome(3, { state: 'undone' }));
  come(feed, outcome(1, { state: 'undone' }));
  expect(feed.waiting).toBe(1);
  feed.release();
  expect(feed.rows.map(({ state }) => state)).toEqual(['undone', 'enforced', 'undone']);
});

test('what the filter leaves out does not appear, but a shown row stays when it changes', async () => {
  const feed = await loaded();
  await feed.narrow({ name: 'deleted' });
  expect(new URL(asked.at(-1)?.url ?? '').searchParams.getAll('state')).toEqual([
    'pending',
    'enforced'
  ]);
  come(feed, outcome(3, { state: 'review' }));
  come(feed, outcome(2, { state: 'undone' }));
  expect(numbers(feed)).toEqual([2, 1]);
});

test('a group is asked for by its id', async () => {
  const feed = await loaded();
  await feed.narrow({ chatId: -100 });
  expect(asked.at(-1)?.url).toContain('chat_id=-100');
});

test('a reset fetches afresh and forgets what waited', async () => {
  const feed = await loaded();
  feed.hold(true);
  come(feed, outcome(3));
  page = { items: [outcome(9)], next_cursor: null };
  feed.take({ type: 'reset', id: 5 });
  feed.hold(false);
  await vi.waitFor(() => expect(numbers(feed)).toEqual([9]));
  expect(feed.waiting).toBe(0);
});

test('starts and heartbeats change nothing', async () => {
  const feed = await loaded();
  feed.take({ type: 'start', id: 1 });
  feed.take({ type: 'heartbeat' });
  expect(numbers(feed)).toEqual([2, 1]);
});

test('older rows are appended once', async () => {
  page.next_cursor = 'c';
  const feed = await loaded();
  page = { items: [outcome(1), outcome(0)], next_cursor: null };
  await Promise.all([feed.loadOlder(), feed.loadOlder()]);
  expect(numbers(feed)).toEqual([2, 1, 0]);
  expect(feed.hasOlder).toBe(false);
  expect(new URL(asked.at(-1)?.url ?? '').searchParams.get('cursor')).toBe('after 1');
});

test('older rows that cannot be fetched leave the feed as it is', async () => {
  page.next_cursor = 'c';
  const feed = await loaded();
  serve({});
  await feed.loadOlder();
  expect(feed.failure?.problem.code).toBe('unreachable');
  expect([feed.phase, feed.hasOlder]).toEqual(['ready', true]);
});

test('a feed that cannot be fetched says why, and can be tried again', async () => {
  serve({ ...REFRESH, [LIST]: () => problem(500, 'internal') });
  const feed = await loaded();
  expect([feed.phase, feed.failure?.problem.code]).toEqual(['failed', 'internal']);
  serve({ ...REFRESH, [LIST]: () => Response.json(page) });
  await feed.load();
  expect([feed.phase, feed.failure]).toEqual(['ready', null]);
});

test('an answer that was overtaken by a later question is dropped', async () => {
  const feed = new Feed();
  const answers: ((response: Response) => void)[] = [];
  serve({ ...REFRESH, [LIST]: () => new Promise((resolve) => answers.push(resolve)) });
  const loads = [feed.load(), feed.narrow({ name: 'review' })];
  await vi.waitFor(() => expect(answers).toHaveLength(2));
  answers[1]?.(Response.json({ items: [outcome(8)], next_cursor: null }));
  answers[0]?.(Response.json({ items: [outcome(1)], next_cursor: null }));
  await Promise.all(loads);
  expect(numbers(feed)).toEqual([8]);
});

const UNDO = 'POST /api/v1/outcomes/7-1-1/undo';

test('undo shows at once, then what the server says', async () => {
  const after = outcome(1, {
    state: 'undoing',
    bounds: [{ name: 'x', sentence: 'y', short: 'z' }]
  });
  const feed = await loaded();
  serve({ ...REFRESH, [UNDO]: () => Response.json(after, { status: 202 }) });
  const asking = feed.undo('7-1-1');
  expect(feed.find('7-1-1')).toMatchObject({ state: 'undoing', undo: { possible: false } });
  await asking;
  expect(feed.find('7-1-1')?.bounds).toHaveLength(1);
});

test('an undo that the stream reports first is not put back', async () => {
  const feed = await loaded();
  serve({
    ...REFRESH,
    [UNDO]: () => {
      come(feed, outcome(1, { state: 'undone' }));
      return Response.json(outcome(1, { state: 'undoing' }), { status: 202 });
    }
  });
  await feed.undo('7-1-1');
  expect(feed.find('7-1-1')?.state).toBe('undone');
});

test('a refused undo is taken back and says why', async () => {
  const feed = await loaded();
  serve({ ...REFRESH, [UNDO]: () => problem(409, 'undo_impossible') });
  await feed.undo('7-1-1');
  expect(feed.find('7-1-1')?.state).toBe('enforced');
  expect(feed.refusals).toEqual({ '7-1-1': 'title of undo_impossible' });
});

test('what cannot be undone is not asked for', async () => {
  page = {
    items: [
      outcome(1, { undo: { possible: false, effects: [], restores: [], cannot_restore: [] } })
    ],
    next_cursor: null
  };
  const feed = await loaded();
  const before = asked.length;
  await feed.undo('7-1-1');
  await feed.undo('unknown');
  expect(asked).toHaveLength(before);
});

const FEEDBACK = '/api/v1/outcomes/7-1-1/feedback';

test('what is said of a message shows at once, and said again it is taken back', async () => {
  const feed = await loaded();
  const said: string[] = [];
  const after = (label: 'spam' | null) => () => {
    said.push(label ?? 'taken back');
    return Response.json(outcome(1, { feedback: label }));
  };
  serve({ ...REFRESH, [`POST ${FEEDBACK}`]: after('spam'), [`DELETE ${FEEDBACK}`]: after(null) });
  const saying = feed.toggle('7-1-1', 'spam');
  expect(feed.find('7-1-1')?.feedback).toBe('spam');
  await saying;
  await feed.toggle('7-1-1', 'spam');
  expect(feed.find('7-1-1')?.feedback).toBeNull();
  expect(said).toEqual(['spam', 'taken back']);
});

test('feedback that is refused is put back and says why', async () => {
  const feed = await loaded();
  serve({ ...REFRESH, [`POST ${FEEDBACK}`]: () => problem(404, 'not_found') });
  await feed.say('7-1-1', 'ham');
  expect(feed.find('7-1-1')?.feedback).toBeNull();
  expect(feed.refusals).toEqual({ '7-1-1': 'title of not_found' });
});

test('what comes while nobody reads makes a feed grow to a thousand rows, and what it let go is the next older page', async () => {
  const feed = await loaded();
  for (let number = 3; number < 1010; number++) come(feed, outcome(number));
  expect([feed.rows.length, numbers(feed).at(-1), feed.hasOlder]).toEqual([1000, 10, true]);
  page = { items: [outcome(9), outcome(8)], next_cursor: 'after 8' };
  await feed.loadOlder();
  expect(new URL(asked.at(-1)?.url ?? '').searchParams.get('cursor')).toBe('after 10');
  expect(numbers(feed).slice(-3)).toEqual([10, 9, 8]);
});

test('a change of what stands on an older page leaves no gap: it comes with that page', async () => {
  page = { items: [outcome(9), outcome(8)], next_cursor: 'after 8' };
  const feed = await loaded();
  come(feed, outcome(3, { state: 'undone' }));
  expect([numbers(feed), feed.waiting]).toEqual([[9, 8], 0]);
  page = { items: [outcome(7), outcome(3, { state: 'undone' })], next_cursor: null };
  await feed.loadOlder();
  expect(new URL(asked.at(-1)?.url ?? '').searchParams.get('cursor')).toBe('after 8');
  come(feed, outcome(2));
  expect(numbers(feed)).toEqual([9, 8, 7, 3, 2]);
});

test('whoever reads on keeps a thousand rows, the newest go, and are there again afterwards', async () => {
  page = { items: [outcome(3000)], next_cursor: 'after 3000' };
  const feed = await loaded();
  feed.hold(true);
  for (let last = 3000; last > 1500; last -= 50) {
    const items = Array.from({ length: 50 }, (_, index) => outcome(last - 1 - index));
    page = { items, next_cursor: items.at(-1)?.cursor ?? null };
    await feed.loadOlder();
  }
  expect([feed.rows.length, numbers(feed)[0], numbers(feed).at(-1)]).toEqual([1000, 2499, 1500]);
  expect([feed.hasOlder, feed.hasMoreWaiting, feed.waiting]).toEqual([true, true, 0]);
  page = { items: [outcome(3001), outcome(3000)], next_cursor: 'after 3000' };
  feed.hold(false);
  await vi.waitFor(() => expect(numbers(feed)).toEqual([3001, 3000]));
  expect(feed.hasMoreWaiting).toBe(false);
});

test('of one second what has the later update comes first, whichever is told first', async () => {
  const feed = await loaded();
  const { date } = outcome(5);
  come(feed, outcome(6, { date }));
  come(feed, outcome(5, { date }));
  expect(numbers(feed)).toEqual([6, 5, 2, 1]);
});
