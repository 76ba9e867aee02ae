import { afterEach, expect, test, vi } from 'vitest';
import { access, problem, serve } from '#lib/testing/server.ts';
import type { StreamEvent } from './schema.d.ts';
import { SILENCE_MS, openStream, readLines } from './stream.ts';

const ADDRESS = 'GET /api/v1/outcomes/stream';
const REFRESH = 'POST /api/v1/session/refresh';

afterEach(() => vi.useRealTimers());

function body(...chunks: Uint8Array[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    }
  });
}

async function all(events: AsyncGenerator<StreamEvent>): Promise<unknown[]> {
  const found = [];
  for await (const event of events) found.push(event);
  return found;
}

const LINES = '{"type":"start","id":1}\n\n{"type":"reset","id":2,"note":"سلام 🚀"}\n{"type":"hea';

test('lines come out whole, wherever the bytes are cut', async () => {
  const bytes = new TextEncoder().encode(LINES);
  for (let at = 0; at <= bytes.length; at++) {
    const events = await all(readLines(body(bytes.slice(0, at), bytes.slice(at))));
    expect(events).toEqual([
      { type: 'start', id: 1 },
      { type: 'reset', id: 2, note: 'سلام 🚀' }
    ]);
  }
});

test('every byte on its own gives the same lines', async () => {
  const bytes = [...new TextEncoder().encode(LINES)].map((byte) => Uint8Array.of(byte));
  expect(await all(readLines(body(...bytes)))).toHaveLength(2);
});

test('a silence longer than the heartbeat is noticed', async () => {
  vi.useFakeTimers();
  const onSilence = vi.fn();
  const reading = readLines(new ReadableStream(), onSilence).next();
  await vi.advanceTimersByTimeAsync(SILENCE_MS - 1);
  expect(onSilence).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(onSilence).toHaveBeenCalledOnce();
  void reading;
});

test('the stream is opened with the token and resumes after a number', async () => {
  const asked = serve({
    [REFRESH]: () => Response.json(access('mine')),
    [ADDRESS]: () => new Response('{"type":"start","id":7}\n')
  });
  const events = await all(openStream(7, new AbortController().signal));
  expect(events).toEqual([{ type: 'start', id: 7 }]);
  const request = asked.find(({ url }) => url.includes('stream'));
  expect(request?.url).toContain('after=7');
  expect(request?.headers.get('authorization')).toBe('Bearer mine');
});

test('a refusal is a failure with its problem, another answer none at all', async () => {
  serve({
    [REFRESH]: () => Response.json(access()),
    [ADDRESS]: () => problem(401, 'not_signed_in')
  });
  const open = () => openStream(null, new AbortController().signal).next();
  await expect(open()).rejects.toMatchObject({ isSignedOut: true });
  serve({ [ADDRESS]: () => new Response('', { status: 502 }) });
  await expect(open()).rejects.toMatchObject({ problem: { code: 'unreachable' } });
  serve({});
  await expect(open()).rejects.toMatchObject({ problem: { code: 'unreachable' } });
});
