import { type Page, expect, test } from '@playwright/test';
import { readFile } from 'node:fs/promises';
import { expectAccessibleIn } from './accessible.ts';
import { onOwnPage } from './own-page.ts';
import { type Product } from './product.ts';

let product: Product;
let page: Page;

onOwnPage((started, opened) => {
  [product, page] = [started, opened];
});

const figure = (term: string) =>
  page
    .locator('dl > div')
    .filter({ has: page.getByText(term, { exact: true }) })
    .locator('dd');
const button = (name: string) => page.getByRole('button', { name, exact: true });
const table = (name: string) => page.getByRole('region', { name, exact: true });

test('what was caught is there two clicks away, by day, signal and action', async () => {
  await page.goto(product.link);
  await page.getByRole('link', { name: 'Overview' }).click();
  await page.getByRole('link', { name: /^Analytics of/ }).click();
  await expect(page.getByRole('heading', { name: /^Analytics/, level: 1 })).toBeVisible();
  await expect(async () => {
    await page.reload();
    await expect(figure('caught')).not.toHaveText('0', { timeout: 3000 });
  }).toPass({ timeout: 110_000 });
  await expect(table('Signals').getByRole('row').nth(1)).toBeVisible();
  await expect(table('Actions').getByRole('rowheader', { name: 'Message deleted' })).toBeVisible();
  await expect(table('How long spam stood').getByRole('row').nth(1)).toBeVisible();
  await expect(table('Days').getByRole('row')).toHaveCount(31);
  await expectAccessibleIn(page);
});

test('days are chosen by button, by date and by dragging over the chart', async () => {
  await button('400 days').click();
  await expect(table('Days').getByRole('row')).toHaveCount(401);
  const plot = await page.locator('.u-over').boundingBox();
  if (plot === null) throw new Error('no chart');
  await page.mouse.move(plot.x + plot.width * 0.9, plot.y + 50);
  await page.mouse.down();
  await page.mouse.move(plot.x + plot.width, plot.y + 60, { steps: 5 });
  await page.mouse.up();
  await expect(async () => {
    const rows = await table('Days').getByRole('row').count();
    expect(rows).toBeGreaterThan(30);
    expect(rows).toBeLessThan(60);
  }).toPass();
  const last = await page.getByLabel('Last day').inputValue();
  await page.getByLabel('First day').fill(last);
  await expect(table('Days').getByRole('row')).toHaveCount(2);
  await expect(table('Days').getByRole('rowheader', { name: last })).toBeVisible();
});

test('the file tells the same', async () => {
  await button('30 days').click();
  await expect(table('Days').getByRole('row')).toHaveCount(31);
  const coming = page.waitForEvent('download');
  await button('Save as CSV').click();
  const text = await readFile(await (await coming).path(), 'utf8');
  expect(text.split('\r\n')[0]).toBe('day,kind,name,count');
  expect(text).toContain(',result,caught,');
});

test('days without any traffic say so', async () => {
  await button('400 days').click();
  const first = await page.getByLabel('First day').inputValue();
  await page.getByLabel('Last day').fill(first);
  await expect(page.getByText('Nothing in these days')).toBeVisible();
  await expectAccessibleIn(page);
});
