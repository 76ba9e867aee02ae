import { type BrowserContext, type Page, expect, test } from '@playwright/test';
import { expectAccessibleIn } from './accessible.ts';
import { browserPath } from './browser.ts';
import { type Product, startProduct } from './product.ts';

test.skip(browserPath() === null, 'no Chromium or Chrome: set CHROMIUM_PATH to one');
// One product, one sign-in link: the tests follow each other on one page.
test.describe.configure({ mode: 'serial' });

let product: Product;
let context: BrowserContext;
let page: Page;

test.beforeAll(async ({ browser }) => {
  product = await startProduct();
  context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  page = await context.newPage();
});

test.afterAll(async () => {
  await context?.close();
  await product?.stop();
});

const SPAM = 'Earn $500 a day from home, no experience, write me in private @easy_cash_now';
const pasted = () => page.getByLabel(/^Message, or an update/);
const verdict = () => page.getByRole('region', { name: 'Verdict' });
const judge = () => page.getByRole('button', { name: 'Judge' }).click();

test('the playground opens from the policy', async () => {
  await page.goto(product.link);
  await page.getByRole('link', { name: /^Policy of/ }).click();
  await page.getByRole('link', { name: /playground/ }).click();
  await expect(page.getByRole('heading', { name: /^Playground/, level: 1 })).toBeVisible();
  await expect(verdict()).toContainText('Nothing judged yet');
  await expectAccessibleIn(page);
});

test('a text gets its verdict with marked words and reasons', async () => {
  await pasted().fill(SPAM);
  await judge();
  await expect(verdict()).toContainText('would delete');
  await expect(verdict().locator('mark').first()).toBeVisible();
  await expect(verdict().getByRole('listitem').filter({ hasText: 'Any message' })).toBeVisible();
  await expectAccessibleIn(page);
});

test('a harmless text is kept', async () => {
  await pasted().fill('Has anybody watered the tomatoes today?');
  await judge();
  await expect(verdict()).toContainText('kept');
});

test('an update that holds nothing is refused and stays where it was pasted', async () => {
  await pasted().fill('{"update_id": 1}');
  await judge();
  await expect(page.getByRole('alert')).toBeVisible();
  await expect(pasted()).toHaveValue('{"update_id": 1}');
});
