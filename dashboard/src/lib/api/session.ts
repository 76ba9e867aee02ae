/** Who is signed in. The access token lives in memory only; the refresh token in a cookie no script can read. */
import createClient from 'openapi-fetch';
import type { Access, Problem, paths } from './schema.d.ts';

/** An error answer of the API, or of the network in its place. */
export class ApiFailure extends Error {
  constructor(
    readonly problem: Pick<Problem, 'code' | 'title' | 'hint'> & Partial<Pick<Problem, 'errors'>>
  ) {
    super(problem.title);
  }
  get isSignedOut(): boolean {
    return ['not_signed_in', 'session_expired', 'sign_in_link_invalid'].includes(this.problem.code);
  }
}

export const UNREACHABLE = new ApiFailure({
  code: 'unreachable',
  title: 'The server does not answer.',
  hint: 'Check that Chatwarden runs and that you are online; this page tries again by itself.'
});

const EARLY_MS = 30_000;
const anonymous = createClient<paths>({ baseUrl: origin() });

let access: Access | null = null;
let refreshing: Promise<string> | null = null;

/** Where the API is: this very host. */
export function origin(): string {
  return globalThis.location?.origin ?? 'http://localhost';
}

/** Use the secret of a one-time link. Throws ApiFailure. */
export async function signIn(link: string): Promise<void> {
  access = await answer(anonymous.POST('/api/v1/session', { body: { link } }));
}

/** Use what Telegram hands to a Mini App. Throws ApiFailure. */
export async function signInFromMiniApp(initData: string): Promise<void> {
  access = await answer(
    anonymous.POST('/api/v1/session/mini-app', { body: { init_data: initData } })
  );
}

/** Whether people may sign in with Telegram here. Throws ApiFailure. */
export async function offersTelegram(): Promise<boolean> {
  return (await answer(anonymous.GET('/api/v1/session/ways'))).telegram;
}

/** Where to go to sign in with Telegram. Throws ApiFailure. */
export async function telegramAddress(): Promise<string> {
  return (await answer(anonymous.POST('/api/v1/session/telegram'))).address;
}

/** Sign in with what Telegram sent back. Throws ApiFailure. */
export async function finishTelegram(code: string, state: string): Promise<void> {
  access = await answer(
    anonymous.POST('/api/v1/session/telegram/return', { body: { code, state } })
  );
}

/** Ends the session here and on the server. */
export async function signOut(): Promise<void> {
  access = null;
  await anonymous.DELETE('/api/v1/session').catch(() => undefined);
}

/** An access token that is good for a while. Throws ApiFailure where the session has ended. */
export async function token(now = Date.now()): Promise<string> {
  if (access && Date.parse(access.expires_at) - now > EARLY_MS) return access.access_token;
  refreshing ??= refresh().finally(() => (refreshing = null));
  return refreshing;
}

/** The data of an answer. Throws ApiFailure for a problem or where nobody answers. */
export async function answer<T>(
  asked: Promise<{ data?: T; error?: unknown; response: Response }>
): Promise<T> {
  const { data, error } = await asked.catch((failure: unknown) => {
    throw failure instanceof ApiFailure ? failure : UNREACHABLE;
  });
  if (error !== undefined) throw isProblem(error) ? new ApiFailure(error) : UNREACHABLE;
  return data as T;
}

async function refresh(): Promise<string> {
  access = await answer(anonymous.POST('/api/v1/session/refresh'));
  return access.access_token;
}

function isProblem(error: unknown): error is Problem {
  return typeof error === 'object' && error !== null && 'code' in error && 'hint' in error;
}
