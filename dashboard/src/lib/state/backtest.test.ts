import { expect, test, vi } from 'vitest';
import { access, problem, serve } from '#lib/testing/server.ts';
import { Backtest } from './backtest.svelte.ts';

const ADDRESS = 'POST /api/v1/groups/7/-5/backtest';
const SESSION = { 'POST /api/v1/session/refresh': () => Response.json(access()) };
const WANTED = {
  content: '{"text": "hello"}',
  policy: { preset: 'strict' },
  standing: 'newcomer'
} as const;
const PROGRESS = { event: 'progress', permille: 500, messages: 250 };
const REPORT = { event: 'report', messages: 500, differing: 0, differences: [] };

const lines = (...events: object[]) => events.map((event) => `${JSON.stringify(event)}\n`).join('');
const backtest = () => new Backtest({ bot_id: 7, chat_id: -5 });

test('it is followed until its report', async () => {
  let more: (text: string | null) => void = () => undefined;
  const body = new ReadableStream({
    start(controller) {
      more = (text) =>
        text === null ? controller.close() : controller.enqueue(new TextEncoder().encode(text));
    }
  });
  const asked = serve({ ...SESSION, [ADDRESS]: () => new Response(body) });
  const one = backtest();
  const running = one.run(WANTED);
  expect(one.phase).toBe('sending');
  more(lines(PROGRESS));
  await vi.waitFor(() => expect(one.phase).toBe('judging'));
  expect([one.permille, one.messages, one.isRunning]).toEqual([500, 250, true]);
  more(lines(REPORT));
  more(null);
  await running;
  expect([one.phase, one.isRunning]).toEqual(['ready', false]);
  expect(one.report?.messages).toBe(500);
  expect(await asked.at(-1)?.json()).toEqual(WANTED);
});

test('a refusal is told', async () => {
  serve({ ...SESSION, [ADDRESS]: () => problem(409, 'backtest_runs') });
  const one = backtest();
  await one.run(WANTED);
  expect([one.phase, one.failure?.problem.code]).toEqual(['failed', 'backtest_runs']);
});

test('an answer that ends before its report has failed', async () => {
  serve({ ...SESSION, [ADDRESS]: () => new Response(lines(PROGRESS)) });
  const one = backtest();
  await one.run(WANTED);
  expect([one.phase, one.failure?.problem.code]).toEqual(['failed', 'cut_off']);
});

test('what is cancelled is no failure, and nothing of it is shown', async () => {
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode(lines(PROGRESS)))
  });
  const asked = serve({ ...SESSION, [ADDRESS]: () => new Response(body) });
  const one = backtest();
  void one.run(WANTED);
  await vi.waitFor(() => expect(one.phase).toBe('judging'));
  one.cancel();
  expect([one.phase, one.report, one.failure]).toEqual(['idle', null, null]);
  expect(asked.at(-1)?.signal.aborted).toBe(true);
});
