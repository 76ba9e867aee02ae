import { expect, test, vi } from 'vitest';
import { ApiFailure } from '#lib/api/session.ts';
import { Listing, Resource } from './resource.svelte.ts';

const REFUSED = new ApiFailure({ code: 'x', title: 'No.', hint: 'Try.' });

test('what is there stays while it is fetched anew, and when that fails it says why', async () => {
  const ask = vi
    .fn<() => Promise<number>>()
    .mockResolvedValueOnce(1)
    .mockRejectedValueOnce(REFUSED);
  const resource = new Resource(ask);
  expect(resource.phase).toBe('loading');
  await resource.load();
  expect([resource.phase, resource.data]).toEqual(['ready', 1]);
  await resource.load();
  expect([resource.phase, resource.data, resource.failure]).toEqual(['failed', 1, REFUSED]);
});

test('an answer that a later question overtook is dropped', async () => {
  const answers: ((value: number) => void)[] = [];
  const resource = new Resource(() => new Promise<number>((resolve) => answers.push(resolve)));
  const first = resource.load();
  const second = resource.load();
  answers[1]?.(2);
  answers[0]?.(1);
  await Promise.all([first, second]);
  expect(resource.data).toBe(2);
});

test('pages follow each other until the last, each asked for once', async () => {
  const asked: (string | null)[] = [];
  const listing = new Listing(async (cursor) => {
    asked.push(cursor);
    return cursor === null
      ? { items: [1, 2], next_cursor: 'c' }
      : { items: [3], next_cursor: null };
  });
  await listing.load();
  expect([listing.items, listing.hasMore]).toEqual([[1, 2], true]);
  await Promise.all([listing.loadMore(), listing.loadMore()]);
  await listing.loadMore();
  expect([listing.items, listing.hasMore]).toEqual([[1, 2, 3], false]);
  expect(asked).toEqual([null, 'c']);
});

test('a list that is refreshed stays until the answer is there', async () => {
  const answers: ((items: number[]) => void)[] = [];
  const listing = new Listing<number>(async () => {
    const items = await new Promise<number[]>((resolve) => answers.push(resolve));
    return { items, next_cursor: null };
  });
  const first = listing.load();
  answers[0]?.([1]);
  await first;
  const again = listing.refresh();
  expect([listing.phase, listing.items]).toEqual(['ready', [1]]);
  answers[1]?.([2]);
  await again;
  expect([listing.phase, listing.items]).toEqual(['ready', [2]]);
});

test('a page that cannot be fetched leaves the list as it is', async () => {
  const listing = new Listing(async (cursor) => {
    if (cursor !== null) throw new TypeError('offline');
    return { items: [1], next_cursor: 'c' };
  });
  await listing.load();
  await listing.loadMore();
  expect([listing.items, listing.phase]).toEqual([[1], 'ready']);
  expect(listing.failure?.problem.code).toBe('unreachable');
});
