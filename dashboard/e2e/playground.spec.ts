import { type Page, expect, test } from '@playwright/test';
import { expectAccessibleIn } from './accessible.ts';
import { onOwnPage } from './own-page.ts';
import { type Product } from './product.ts';

let product: Product;
let page: Page;

onOwnPage((started, opened) => {
  [product, page] = [started, opened];
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
