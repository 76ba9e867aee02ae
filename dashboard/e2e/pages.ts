/** Every page there is, read from the routes themselves, so that none is forgotten. */
import { globSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Page } from '@playwright/test';

const ROUTES = resolve(import.meta.dirname, '../src/routes');
const WAIT_MS = 110_000;

/** What stands in an address: `{ bot_id: '42', chat_id: '-100…', sender_id: '7' }`. */
export type Params = Record<string, string>;

/** "/", "/groups/[bot_id]/[chat_id]/policy" and so on. */
export function routes(): string[] {
  return globSync('**/+page.svelte', { cwd: ROUTES })
    .map((file) => dirname(file).split('/'))
    .map((parts) => '/' + parts.filter((part) => !/^(\.|\(.*\))$/.test(part)).join('/'))
    .sort();
}

/** Throws where the route holds a name that is not given. */
export function addressOf(route: string, params: Params): string {
  return route.replaceAll(/\[(\w+)\]/g, (_, name: string) => {
    const value = params[name];
    if (value === undefined) throw new Error(`What is [${name}] of ${route}?`);
    return value;
  });
}

/** By a one-time link, until the feed is there. */
export async function signIn(page: Page, link: string): Promise<void> {
  await page.goto(link);
  await page.getByRole('heading', { name: 'Live feed' }).waitFor({ state: 'attached' });
}

/** The first group and a sender of it that was punished, found as a person finds them: the page has to be signed in. */
export async function foundParams(page: Page): Promise<Params> {
  const { origin } = new URL(page.url());
  await page.goto(`${origin}/overview`);
  const senders = page.getByRole('link', { name: /^Senders of/ }).first();
  const list = new URL((await senders.getAttribute('href', { timeout: WAIT_MS })) ?? '', origin);
  const [, , bot_id = '', chat_id = ''] = list.pathname.split('/');
  const sender = page
    .getByRole('list', { name: 'Senders, the latest first' })
    .getByRole('listitem')
    .filter({ hasNotText: /\b0 outcomes/ })
    .getByRole('link');
  for (let waited = 0; ; waited += 3000) {
    await page.goto(list.href);
    await page.getByRole('button', { name: 'Punished' }).click();
    const isThere = sender.first().waitFor({ timeout: 3000 });
    if (
      await isThere.then(
        () => true,
        () => false
      )
    )
      break;
    if (waited > WAIT_MS) throw new Error('Nobody was punished in time.');
  }
  const sender_id = (await sender.first().getAttribute('href'))?.split('/').at(-1) ?? '';
  return { bot_id, chat_id, sender_id };
}

/** Until its heading is there and nothing is being fetched. */
export async function settled(page: Page): Promise<void> {
  await page.getByRole('heading', { level: 1 }).first().waitFor({ state: 'attached' });
  await page.waitForFunction(() => !document.body.innerText.includes('Loading…'));
}
