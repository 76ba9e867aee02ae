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
  await page.getByRole('link', { name: 'Playground', exact: true }).click();
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

test('a file is judged under two policies, and the report can be kept', async () => {
  await page.getByRole('main').getByRole('link', { name: 'backtest' }).click();
  await expect(page.getByRole('heading', { name: /^Backtest/, level: 1 })).toBeVisible();
  await expectAccessibleIn(page);
  const lines = [SPAM, 'Has anybody watered the tomatoes today?', 'no line of JSON'].map(
    (text, index) => (index === 2 ? text : JSON.stringify({ text }))
  );
  await page.getByLabel(/result\.json/).setInputFiles({
    name: 'messages.jsonl',
    mimeType: 'application/jsonl',
    buffer: Buffer.from(lines.join('\n'))
  });
  await page.getByRole('combobox', { name: 'Compare with' }).selectOption('gentle');
  await page.getByRole('button', { name: 'Judge' }).click();
  await expect(page.getByRole('heading', { name: /2 messages/, level: 2 })).toBeVisible();
  await expect(page.getByText('1 could not be read and were passed over')).toBeVisible();
  await expect(page.getByRole('row', { name: /^kept/ })).toBeVisible();
  await expectAccessibleIn(page);
  const saving = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save as CSV' }).click();
  expect((await saving).suggestedFilename()).toBe('backtest.csv');
});
