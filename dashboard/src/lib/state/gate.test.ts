import { beforeEach, expect, test, vi } from 'vitest';
import type { Policy } from '#lib/api/schema.d.ts';
import { policy } from '#lib/testing/policies.ts';
import { access, problem, serve } from '#lib/testing/server.ts';
import { GatePreview } from './gate.svelte.ts';

const ASK = 'POST /api/v1/groups/7/-100/gate/preview';
const REFRESH = { 'POST /api/v1/session/refresh': () => Response.json(access()) };
const QUESTION = { language: 'en', text: 'Press the key.', options: ['🔑', '🐟'], in_a_row: 3 };

let asked: Request[];

beforeEach(() => {
  asked = serve({ ...REFRESH, [ASK]: () => Response.json(QUESTION) });
});

const questions = () => asked.filter(({ url }) => url.endsWith('/gate/preview'));
const asking = (minutes: number): Policy => {
  const base = policy();
  return { ...base, gate: { ...base.gate, minutes } };
};

test('the draft’s gate is asked for, and no other field of it', async () => {
  const preview = new GatePreview({ bot_id: 7, chat_id: -100 });
  preview.follow(asking(7));
  await vi.waitFor(() => expect(preview.data).toEqual(QUESTION));
  const { policy: sent } = (await questions()[0]?.clone().json()) as { policy: object };
  expect(sent).toEqual({ gate: asking(7).gate });
});

test('a change of something else asks nothing; of several changes the last one counts', async () => {
  const preview = new GatePreview({ bot_id: 7, chat_id: -100 });
  preview.follow(asking(7));
  await vi.waitFor(() => expect(preview.phase).toBe('ready'));
  preview.follow({ ...asking(7), mute_days: 99 });
  expect(preview.phase).toBe('ready');
  preview.follow(asking(8));
  preview.follow(asking(9));
  await vi.waitFor(() => expect(questions()).toHaveLength(2));
  expect(await questions()[1]?.clone().json()).toEqual({ policy: { gate: asking(9).gate } });
});

test('where the draft has an error it is told in the engine’s words', async () => {
  serve({ ...REFRESH, [ASK]: () => problem(422, 'policy_invalid') });
  const preview = new GatePreview({ bot_id: 7, chat_id: -100 });
  preview.follow(asking(0));
  await vi.waitFor(() => expect(preview.trouble).toBe('title of policy_invalid'));
  expect(preview.data).toBeNull();
});
