import { type Page, expect, test } from '@playwright/test';
import { expectAccessibleIn } from './accessible.ts';
import { onOwnPage } from './own-page.ts';
import { type Product } from './product.ts';

let product: Product;
let page: Page;

onOwnPage((started, opened) => {
  [product, page] = [started, opened];
});

const rows = () =>
  page.getByRole('list', { name: 'Senders, the latest first' }).getByRole('listitem');
/** Whoever was only asked when they joined has nothing that was judged. */
const judged = () =>
  rows()
    .filter({ hasNotText: /\b0 outcomes/ })
    .first();
const told = (term: string) =>
  page
    .locator('dl > div')
    .filter({ has: page.getByText(term, { exact: true }) })
    .locator('dd');
const button = (name: string) => page.getByRole('button', { name, exact: true });
let name = '';

/** Where the list of senders is; set by the first test. */
let list = '';

test('whom evidence fired on stands in the list, and filters narrow it', async () => {
  await page.goto(product.link);
  await page.getByRole('link', { name: 'Overview' }).click();
  await page.getByRole('link', { name: /^Senders of/ }).click();
  await expect(page.getByRole('heading', { name: /^Senders/, level: 1 })).toBeVisible();
  list = page.url();
  await expect(async () => {
    await page.reload();
    await button('Punished').click();
    await expect(judged()).toBeVisible({ timeout: 3000 });
  }).toPass({ timeout: 110_000 });
  await expectAccessibleIn(page);
  await button('Allowed').click();
  await expect(page.getByText('Nobody is on this group’s allow list.')).toBeVisible();
  await expectAccessibleIn(page);
});

test('a sender opens by keyboard with trust, what holds, and their history', async () => {
  await button('Punished').click();
  const link = judged().getByRole('link');
  name = await link.innerText();
  await link.press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).toContainText(name);
  await expect(told('In force')).toContainText(/Muted until|Banned|Challenged/);
  await expect(told('Trust level')).toContainText(/good message/);
  const history = page.getByRole('list', { name: /^Outcomes of this sender/ });
  await expect(history.getByRole('listitem').first()).toContainText('score');
  await expectAccessibleIn(page);
});

test('everything in force is undone by one tap', async () => {
  await button('Undo everything in force').click();
  await expect(page.getByRole('status').filter({ hasText: 'being freed' })).toBeVisible();
  await expect(told('In force')).toContainText('Nothing', { timeout: 30_000 });
  await expect(told('In force')).toContainText('Last undo: undone');
  await expect(button('Undo everything in force')).toBeHidden();
});

test('a ban is asked for twice before it is one, and allowing lifts it', async () => {
  await button('Ban').click();
  await expectAccessibleIn(page);
  await page.getByRole('combobox', { name: 'Ban for' }).selectOption('7 days');
  await button('Yes, ban').click();
  await expect(told('In force')).toContainText('Banned until', { timeout: 30_000 });
  await button('Always allow').click();
  await expect(told('Allow list')).toContainText('by the operator');
  await expect(told('In force')).toContainText('Nothing', { timeout: 30_000 });
  await page.goto(list);
  await button('Allowed').click();
  await expect(rows()).toHaveCount(1);
  await expect(rows().first()).toContainText('allowed');
  await rows().first().getByRole('link').click();
  await button('No longer allow').click();
  await expect(told('Allow list')).toHaveText('No');
});

test('a part of a name finds its sender, and an id that is not known can be opened', async () => {
  await page.goto(list);
  const field = page.getByRole('searchbox');
  await field.fill(name.slice(0, 4).toUpperCase());
  await field.press('Enter');
  await expect(rows().filter({ hasText: name })).toHaveCount(1);
  await field.fill('123456789');
  await field.press('Enter');
  await page.getByRole('link', { name: 'Open 123456789 all the same' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText('user 123456789');
  await expect(told('Trust level')).toContainText('Not known');
  await expect(page.getByText('Nothing recorded')).toBeVisible();
  await expectAccessibleIn(page);
});

test('the feed’s details lead to the sender', async () => {
  await page.getByRole('link', { name: 'Live feed' }).click();
  await page.locator('[data-row]').first().click();
  const details = page.getByRole('complementary', { name: 'Details of the outcome' });
  await details.getByRole('link').first().click();
  await expect(page.getByRole('heading', { name: 'History here' })).toBeVisible();
});
