import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { StreamEvent } from '#lib/api/schema.d.ts';
import { ApiFailure, UNREACHABLE } from '#lib/api/session.ts';
import { Live, waitAfter } from './live.svelte.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

type Turn = (StreamEvent | Error)[];

/** A stream that plays one turn after another, then stays open until it is aborted. */
function playing(...turns: Turn[]) {
  const after: (number | null)[] = [];
  async function* open(last: number | null, signal: AbortSignal): AsyncGenerator<StreamEvent> {
    after.push(last);
    const turn = turns.shift();
    for (const event of turn ?? []) {
      if (event instanceof Error) throw event;
      yield event;
    }
    if (!turn) await new Promise((resolve) => signal.addEventListener('abort', resolve));
  }
  return { open, after };
}

function listener() {
  return { take: vi.fn(), signedOut: vi.fn() };
}

test('a stream that ends is resumed at once after the last event', async () => {
  const { open, after } = playing([
    { type: 'start', id: 4 },
    { type: 'heartbeat' },
    { type: 'reset', id: 9 }
  ]);
  const [live, heard, ending] = [new Live(open), listener(), new AbortController()];
  const listening = live.listen(heard, ending.signal);
  await vi.advanceTimersByTimeAsync(0);
  expect(after).toEqual([null, 9]);
  expect(live.started).toBe(true);
  expect(heard.take).toHaveBeenCalledTimes(3);
  expect(live.connection).toBe('reconnecting');
  ending.abort();
  await listening;
});

test('after a failure it waits, and resumes after the last event', async () => {
  const { open, after } = playing(
    [{ type: 'start', id: 4 }, UNREACHABLE],
    [UNREACHABLE],
    [{ type: 'start', id: 4 }]
  );
  const [live, ending] = [new Live(open), new AbortController()];
  const listening = live.listen(listener(), ending.signal);
  await vi.advanceTimersByTimeAsync(0);
  expect(after).toEqual([null]);
  await vi.advanceTimersByTimeAsync(1000);
  expect(after).toEqual([null, 4]);
  live.hurry();
  await vi.advanceTimersByTimeAsync(0);
  expect(after.slice(0, 3)).toEqual([null, 4, 4]);
  ending.abort();
  await listening;
});

test('a session that has ended is not tried again', async () => {
  const ended = new ApiFailure({ code: 'session_expired', title: 't', hint: 'h' });
  const { open, after } = playing([ended]);
  const heard = listener();
  await new Live(open).listen(heard, new AbortController().signal);
  expect(heard.signedOut).toHaveBeenCalledOnce();
  expect(after).toHaveLength(1);
});

test('it waits longer after each failure, up to half a minute, and never all browsers at once', () => {
  expect([1, 2, 3, 10].map((failures) => waitAfter(failures, 1))).toEqual([
    1000, 2000, 4000, 30_000
  ]);
  expect(waitAfter(1, 0)).toBe(500);
});

test('what is open is cut where the browser goes offline, and taken up after the last event', async () => {
  const after: (number | null)[] = [];
  async function* open(last: number | null, signal: AbortSignal): AsyncGenerator<StreamEvent> {
    after.push(last);
    yield { type: 'start', id: 4 };
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    throw UNREACHABLE;
  }
  const [live, ending] = [new Live(open), new AbortController()];
  const listening = live.listen(listener(), ending.signal);
  await vi.advanceTimersByTimeAsync(0);
  live.cut();
  await vi.advanceTimersByTimeAsync(0);
  expect([live.connection, after]).toEqual(['reconnecting', [null]]);
  live.hurry();
  await vi.advanceTimersByTimeAsync(0);
  expect([live.connection, after]).toEqual(['live', [null, 4]]);
  ending.abort();
  live.hurry();
  await vi.advanceTimersByTimeAsync(0);
  await listening;
});
