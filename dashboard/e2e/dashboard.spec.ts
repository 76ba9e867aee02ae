import { type BrowserContext, type Page, expect, test } from '@playwright/test';
import { expectAccessibleIn } from './accessible.ts';
import { browserPath } from './browser.ts';
import { type Product, startProduct } from './product.ts';
import { type Watch, watching } from './watch.ts';

test.skip(browserPath() === null, 'no Chromium or Chrome: set CHROMIUM_PATH to one');
// One product, one sign-in link: the tests follow each other on one page.
test.describe.configure({ mode: 'serial' });

let product: Product;
let context: BrowserContext;
let page: Page;
let watch: Watch;

test.beforeAll(async ({ browser }) => {
  product = await startProduct();
  context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  watch = watching(context, product.link);
  page = await context.newPage();
});

test.afterAll(async () => {
  await context?.close();
  await product?.stop();
});

const expectAccessible = () => expectAccessibleIn(page);

/** Named by what it takes back. */
const UNDO = /^(Lift the mute|Lift the ban|Undo) for/;

/** The newest deleted message that can still be undone, with words that are marked. */
function caught() {
  return page
    .getByRole('listitem')
    .filter({ has: page.locator('mark') })
    .filter({ has: page.getByRole('button', { name: UNDO }) })
    .filter({ has: page.locator('[data-state=enforced]') })
    .first();
}

test('who is not signed in is asked to', async () => {
  await page.goto(new URL('/', product.link).href);
  await expect(page.getByRole('heading', { name: 'Sign in to Chatwarden' })).toBeVisible();
  await expectAccessible();
});

test('the printed link signs in and leaves the address clean', async () => {
  await page.goto(product.link);
  await expect(page.getByRole('heading', { name: 'Live feed' })).toBeAttached();
  expect(new URL(page.url()).pathname).toBe('/');
  expect(new URL(page.url()).hash).toBe('');
  await expect(page.getByText('Live', { exact: true })).toBeVisible();
});

test('a caught spam appears with its marked words and its reasons', async () => {
  await expect(caught()).toBeVisible({ timeout: 100_000 });
  await caught()
    .getByRole('button', { name: /^Details:/ })
    .click();
  const details = page.getByRole('complementary', { name: 'Details of the outcome' });
  await expect(details.locator('mark').first()).toBeVisible();
  await expect(details.getByText('Any message')).toBeVisible();
  await expect(details.getByText('Score', { exact: true })).toBeVisible();
  await expect(details.getByText(/Cannot bring back/).first()).toBeAttached();
  await expectAccessible();
  await page.keyboard.press('Escape');
  await expect(details).toBeHidden();
});

test('one tap undoes it', async () => {
  const row = caught();
  const traceId = await row.locator('[data-row]').getAttribute('data-row');
  const same = page.getByRole('listitem').filter({ has: page.locator(`[data-row="${traceId}"]`) });
  await same.getByRole('button', { name: UNDO }).click();
  await expect(same.getByText('undone', { exact: true })).toBeVisible({ timeout: 30_000 });
  await expect(same.getByRole('button', { name: UNDO })).toHaveCount(0);
});

test('the keyboard goes through the feed', async () => {
  await page.locator('body').press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  const details = page.getByRole('complementary', { name: 'Details of the outcome' });
  await expect(details).toBeVisible();
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keyboard' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog', { name: 'Keyboard' })).toBeHidden();
});

test('new outcomes wait while somebody reads', async () => {
  await page.locator('[data-row]').first().hover();
  const first = await page.locator('[data-row]').first().getAttribute('data-row');
  await expect(page.getByRole('button', { name: /^\d+ new$/ })).toBeVisible({ timeout: 100_000 });
  expect(await page.locator('[data-row]').first().getAttribute('data-row')).toBe(first);
  await page.getByRole('button', { name: /^\d+ new$/ }).click();
  await expect(page.locator('[data-row]').first()).not.toHaveAttribute('data-row', first ?? '');
});

test('a filter shows its kind only', async () => {
  await page.getByRole('button', { name: 'Undone' }).click();
  await expect(page.getByText('undone', { exact: true }).first()).toBeVisible();
  await expect(page.getByRole('button', { name: UNDO })).toHaveCount(0);
  await page.getByRole('button', { name: 'Caught', exact: true }).click();
});

test('the feed is accessible in light, dark and on a phone', async () => {
  await page.mouse.move(0, 0);
  await expectAccessible();
});

test('a group is only watched, and guarded again, by one tap each', async () => {
  await page.getByRole('button', { name: /^Only watch/ }).click();
  await expect(page.getByRole('status').filter({ hasText: 'only watched' })).toBeFocused();
  await expect(page.getByText(/^Chatwarden only watches in/)).toBeVisible();
  await expectAccessible();
  await page.getByRole('button', { name: /^Start guarding/ }).press('Enter');
  await expect(page.getByRole('status').filter({ hasText: 'is guarded' })).toBeFocused();
  await expect(page.getByText(/^Chatwarden only watches in/)).toBeHidden();
});

test('Back closes the details on a phone', async () => {
  await page.setViewportSize({ width: 360, height: 740 });
  await page.locator('[data-row]').first().press('Enter');
  await expect(page.getByRole('dialog', { name: 'Details of the outcome' })).toBeVisible();
  await page.goBack();
  await expect(page.getByRole('dialog', { name: 'Details of the outcome' })).toBeHidden();
  await expect(page.getByRole('heading', { name: 'Live feed' })).toBeAttached();
  await page.setViewportSize({ width: 1440, height: 900 });
});

test('a reload keeps the session', async () => {
  await page.reload();
  await expect(page.getByText('Live', { exact: true })).toBeVisible();
  await expect(page.locator('[data-row]').first()).toBeVisible();
});

test('signing out ends it', async () => {
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByRole('heading', { name: 'Sign in to Chatwarden' })).toBeVisible();
  await page.goto(new URL('/', product.link).href);
  await expect(page.getByRole('heading', { name: 'Sign in to Chatwarden' })).toBeVisible();
});

test('a link that was used tells what to do', async () => {
  await page.goto(product.link);
  await expect(page.getByRole('alert')).toContainText('used before');
  await expectAccessible();
});

test('no request left the host and the browser had nothing to complain about', () => {
  expect(watch).toEqual({ foreign: [], complaints: [] });
});
