import { type BrowserContext, type Locator, type Page, expect, test } from '@playwright/test';
import { browserPath } from './browser.ts';
import { type Product, startProduct } from './product.ts';
import { type World, makeWorld } from './world.ts';

test.skip(browserPath() === null, 'no Chromium or Chrome: set CHROMIUM_PATH to one');
test.describe.configure({ mode: 'serial' });

const BEFORE = 12;
const A_MINUTE = 1000;
const MORE = 250;
const OFFLINE = 7;
const MOST_ROWS = 1000;

let world: World;
let product: Product;
let context: BrowserContext;
let page: Page;

test.beforeAll(async ({ browser }) => {
  world = await makeWorld('קבוצת הגינון של השכונה', BEFORE + A_MINUTE + MORE + OFFLINE);
  product = await startProduct(world.settings);
  context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  page = await context.newPage();
});

test.afterAll(async () => {
  await context?.close();
  await product?.stop();
  await world?.stop();
});

const rows = () => page.locator('[data-row]');
const items = () => page.getByRole('listitem').filter({ has: rows() });
const state = (name: string) => page.getByRole('status').filter({ hasText: name });

test('what people wrote runs its own way inside a page that runs the other', async () => {
  await page.goto(product.link);
  await expect(state('Live')).toBeVisible();
  await world.say(
    'فرهاد',
    'کار در منزل، روزی ۳۰۰ دلار، بدون سابقه: https://t.me/+abcdefghijklmnop'
  );
  await expect(rows()).toHaveCount(1);
  const row = items();
  const wayOf = (found: Locator) => found.evaluate((one) => getComputedStyle(one).direction);
  expect(await wayOf(row.locator('p').filter({ hasText: 't.me' }))).toBe('rtl');
  expect(await wayOf(row.getByText('فرهاد'))).toBe('rtl');
  expect(await wayOf(row.getByText(/קבוצת/))).toBe('rtl');
  expect(await wayOf(row.getByText(/^score/))).toBe('ltr');
});

test('a thousand events a minute move nothing under the pointer, and none is lost', async () => {
  test.setTimeout(600_000);
  await world.spam(BEFORE);
  await expect(rows()).toHaveCount(1 + BEFORE);
  await expect(
    items()
      .filter({ hasText: 'spam number' })
      .filter({ has: page.locator('[data-state=enforced]') })
  ).toHaveCount(BEFORE);
  const read = rows().nth(2);
  const traceId = await read.getAttribute('data-row');
  await read.hover();
  const place = await read.boundingBox();
  for (let sent = 0; sent < A_MINUTE; sent += A_MINUTE / 20) {
    await world.spam(A_MINUTE / 20);
    await page.waitForTimeout(3000);
    await expect(rows()).toHaveCount(1 + BEFORE);
    expect(await read.getAttribute('data-row')).toBe(traceId);
    expect(await read.boundingBox()).toEqual(place);
  }
  await expect.poll(world.deleted, { timeout: 60_000 }).toBe(BEFORE + A_MINUTE);
  const pill = page.getByRole('button', { name: `${A_MINUTE} new` });
  // The stream may be behind on a busy machine; it catches up.
  await expect(pill).toBeVisible({ timeout: 100_000 });
  await page.mouse.move(0, 0);
  await expect(rows()).toHaveCount(MOST_ROWS);
  const ids = await rows().evaluateAll((all) => all.map((one) => one.getAttribute('data-row')));
  expect(new Set(ids).size).toBe(MOST_ROWS);
});

test('while nobody reads, the newest stands on top and the page does not grow', async () => {
  test.setTimeout(600_000);
  const before = await weightOf(page);
  for (let sent = 0; sent < MORE; sent += A_MINUTE / 20) {
    await world.spam(A_MINUTE / 20);
    await page.waitForTimeout(3000);
  }
  await expect(page.getByText(`spam number ${BEFORE + A_MINUTE + MORE}:`)).toBeVisible({
    timeout: 60_000
  });
  await expect(rows()).toHaveCount(MOST_ROWS);
  const after = await weightOf(page);
  expect(after.elements).toBeLessThan(before.elements * 1.1);
  expect(after.heap).toBeLessThan(before.heap * 1.25);
});

test('the oldest are reached from there, the page does not grow, and one press leads back', async () => {
  test.setTimeout(300_000);
  const older = page.getByRole('button', { name: 'Older' });
  const first = page.getByText('spam number 1:');
  await expect(async () => {
    // The last page may be on its way still.
    if (await older.isVisible()) await older.click();
    await expect(first).toBeVisible({ timeout: 1000 });
  }).toPass({ timeout: 240_000 });
  await expect(older).toBeHidden();
  await expect(rows()).toHaveCount(MOST_ROWS);
  await page.getByRole('button', { name: 'Newest' }).click();
  await expect(page.getByText(`spam number ${BEFORE + A_MINUTE + MORE}:`)).toBeVisible();
});

test('offline the page says so; back online it is live by itself and has missed nothing', async () => {
  await page.reload();
  await expect(state('Live')).toBeVisible();
  await context.setOffline(true);
  await expect(state('Offline')).toBeVisible();
  await world.spam(OFFLINE);
  const last = BEFORE + A_MINUTE + MORE + OFFLINE;
  await expect.poll(world.deleted).toBe(last);
  await expect(page.getByText(`spam number ${last}:`)).toBeHidden();
  await context.setOffline(false);
  await expect(state('Live')).toBeVisible({ timeout: 60_000 });
  for (let number = last; number > last - OFFLINE; number--) {
    await expect(page.getByText(`spam number ${number}:`)).toBeVisible();
  }
});

test('whose session has ended signs in anew and goes on where they were', async () => {
  await page.getByRole('link', { name: /^Policy of/ }).click();
  await expect(page.getByRole('heading', { name: /^Policy/, level: 1 })).toBeVisible();
  const there = page.url();
  await context.clearCookies();
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Sign in to Chatwarden' })).toBeVisible();
  await page.goto(await product.linkFor('operator'));
  await expect(page.getByRole('heading', { name: /^Policy/, level: 1 })).toBeVisible();
  expect(page.url()).toBe(there);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByRole('heading', { name: 'Sign in to Chatwarden' })).toBeVisible();
  await page.goto(await product.linkFor('operator'));
  await expect(page.getByRole('heading', { name: 'Live feed' })).toBeAttached();
});

/** What the page holds once what it dropped has been collected. */
async function weightOf(page: Page): Promise<{ heap: number; elements: number }> {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  await session.detach();
  return { heap: usedSize, elements: await page.locator('*').count() };
}
