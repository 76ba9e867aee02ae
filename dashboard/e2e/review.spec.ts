import { type Page, expect, test } from '@playwright/test';
import { expectAccessibleIn } from './accessible.ts';
import { onOwnPage } from './own-page.ts';
import { type Product } from './product.ts';

let product: Product;
let page: Page;

onOwnPage((started, opened) => {
  [product, page] = [started, opened];
});

const cases = () =>
  page.getByRole('list', { name: 'Cases, the newest first' }).getByRole('listitem');

/** Whatever the demo group sends, the policy that this sets leaves most of it for a person to decide. */
async function leaveItToPeople() {
  const link = page.getByRole('link', { name: /^Policy of/ });
  await link.first().click();
  const bars = { review: '20', delete: '99.6', challenge: '99.7', mute: '99.8', ban: '99.9' };
  for (const [name, percent] of Object.entries(bars)) {
    await page.locator(`[id="thresholds.${name}"]`).fill(percent);
  }
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'Saved.' })).toBeVisible();
}

test('what is uncertain waits in the queue with its reasons', async () => {
  await page.goto(product.link);
  await page.getByRole('link', { name: 'Overview' }).click();
  await leaveItToPeople();
  await page.getByRole('link', { name: /^Review/ }).click();
  await expect(page.getByRole('heading', { name: 'Review', exact: true })).toBeVisible();
  await expect(async () => {
    await page.reload();
    await expect(cases().nth(2)).toBeVisible({ timeout: 4000 });
  }).toPass({ timeout: 110_000 });
  await expectAccessibleIn(page);
});

test('by keys alone a case is decided, the next one comes, and the decision is taken back', async () => {
  await page.reload();
  await expect(cases().nth(2)).toBeVisible();
  const total = await cases().count();
  await page.keyboard.press('h');
  await expect(cases().first()).toContainText('Not spam');
  await expect(page.getByRole('status').filter({ hasText: `${total - 1}` })).toBeVisible();
  await page.keyboard.press('u');
  await expect(
    cases()
      .first()
      .getByRole('button', { name: /^Spam:/ })
  ).toBeVisible();
  await page.keyboard.press('j');
  await page.keyboard.press('s');
  await expect(
    cases()
      .nth(1)
      .getByRole('button', { name: /^Take back/ })
  ).toBeVisible();
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keyboard' })).toBeVisible();
  await expectAccessibleIn(page);
  await page.keyboard.press('Escape');
});

test('what was called spam goes from the group', async () => {
  await page.getByRole('link', { name: 'Live feed' }).click();
  const rows = page.getByRole('listitem').filter({ has: page.locator('[data-row]') });
  await expect(rows.filter({ hasText: 'deleted' }).first()).toBeVisible({ timeout: 30_000 });
});

test('one at a time, on a phone too', async () => {
  await page.getByRole('link', { name: /^Review/ }).click();
  await expect(cases().first()).toBeVisible();
  await page.getByRole('button', { name: 'One at a time' }).click();
  const one = page.getByRole('article');
  await expect(one).toHaveAccessibleName(/Case 1 of/);
  await expectAccessibleIn(page);
  await page.getByRole('button', { name: 'Next case' }).click();
  await expect(one).toHaveAccessibleName(/Case 2 of/);
  await page.keyboard.press('k');
  await expect(one).toHaveAccessibleName(/Case 1 of/);
});

test('several are decided at once, and it is told who did', async () => {
  await page.getByRole('button', { name: 'List', exact: true }).click();
  await page.getByRole('button', { name: 'Pick all' }).click();
  await expect(page.getByText(/picked:/)).toBeVisible();
  await expectAccessibleIn(page);
  await page.getByRole('button', { name: 'Not spam', exact: true }).click();
  await expect(page.getByRole('status').filter({ hasText: 'nothing left' })).toBeVisible();
  await page.getByRole('button', { name: 'Decided' }).click();
  const decided = page.getByRole('list', { name: 'Decided cases, the latest first' });
  await expect(decided.getByRole('listitem').first()).toContainText('by the operator');
  await expectAccessibleIn(page);
});
