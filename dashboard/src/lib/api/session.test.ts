import { beforeEach, expect, test, vi } from 'vitest';
import { access, problem, serve } from '#lib/testing/server.ts';

const SESSION = '/api/v1/session';

beforeEach(() => {
  vi.resetModules();
});

test('a link is exchanged for a token, which is used until it is nearly over', async () => {
  const asked = serve({
    [`POST ${SESSION}`]: () => Response.json(access('first'), { status: 201 }),
    [`POST ${SESSION}/refresh`]: () => Response.json(access('second'))
  });
  const { signIn, token } = await import('./session.ts');
  await signIn('secret');
  expect(await asked[0]?.json()).toEqual({ link: 'secret' });
  expect(await token()).toBe('first');
  expect(await token(Date.now() + 9.6 * 60_000)).toBe('second');
});

test('those who need a token at the same time share one refresh', async () => {
  const asked = serve({ [`POST ${SESSION}/refresh`]: () => Response.json(access()) });
  const { token } = await import('./session.ts');
  expect(await Promise.all([token(), token(), token()])).toEqual(['fresh', 'fresh', 'fresh']);
  expect(asked).toHaveLength(1);
});

test('a session that has ended says so', async () => {
  serve({ [`POST ${SESSION}/refresh`]: () => problem(401, 'session_expired') });
  const { token } = await import('./session.ts');
  await expect(token()).rejects.toMatchObject({
    isSignedOut: true,
    problem: { hint: 'a hint' }
  });
});

test('a server that does not answer is no end of the session', async () => {
  serve({});
  const { token } = await import('./session.ts');
  await expect(token()).rejects.toMatchObject({
    isSignedOut: false,
    problem: { code: 'unreachable' }
  });
});

test('an answer that is no problem detail counts as no answer', async () => {
  serve({ [`POST ${SESSION}/refresh`]: () => new Response('bad gateway', { status: 502 }) });
  const { token } = await import('./session.ts');
  await expect(token()).rejects.toMatchObject({ problem: { code: 'unreachable' } });
});

test('who signs out has no token left, even where the server is away', async () => {
  serve({ [`POST ${SESSION}`]: () => Response.json(access('first'), { status: 201 }) });
  const { signIn, signOut, token } = await import('./session.ts');
  await signIn('secret');
  await signOut();
  await expect(token()).rejects.toMatchObject({ problem: { code: 'unreachable' } });
});

test('the client sends the token', async () => {
  const asked = serve({
    [`POST ${SESSION}/refresh`]: () => Response.json(access('mine')),
    'GET /api/v1/me': () => Response.json({ subject: 'operator', role: 'operator', demo: true })
  });
  const { api } = await import('./client.ts');
  expect((await api.GET('/api/v1/me')).data?.demo).toBe(true);
  expect(asked[1]?.headers.get('authorization')).toBe('Bearer mine');
});
