/** Pictures for the docs, of the real product with its demo group: `npm run screenshots`. */
import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Page, chromium } from '@playwright/test';
import { launchOptions } from '../e2e/browser.ts';
import { startProduct } from '../e2e/product.ts';

const FOLDER = resolve(import.meta.dirname, '../../docs/images');
const ENOUGH_ROWS = 9;
const ENOUGH_DELETED = 6;
const WAIT_MS = 240_000;

async function picture(page: Page, name: string) {
  await page.screenshot({ path: resolve(FOLDER, `${name}.png`) });
}

await mkdir(FOLDER, { recursive: true });
const product = await startProduct();
const browser = await chromium.launch(launchOptions());
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, locale: 'en-GB' });
  await page.goto(product.link);
  const rows = page.getByRole('listitem').filter({ has: page.locator('[data-row]') });
  await rows.nth(ENOUGH_ROWS - 1).waitFor({ timeout: WAIT_MS });
  const deleted = rows.filter({ hasText: 'deleted in' });
  await deleted.nth(ENOUGH_DELETED - 1).waitFor({ timeout: WAIT_MS });
  await page.reload();
  await deleted.nth(1).locator('[data-row]').click();
  await page.waitForTimeout(300);
  await picture(page, 'feed');
  await page.emulateMedia({ colorScheme: 'dark' });
  await picture(page, 'feed-dark');
  await page.emulateMedia({ colorScheme: 'light' });
  await page.getByRole('button', { name: 'Not spam' }).scrollIntoViewIfNeeded();
  await picture(page, 'feedback');
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.keyboard.press('Escape');
  await page.setViewportSize({ width: 360, height: 780 });
  await page.mouse.move(0, 0);
  await page.waitForTimeout(300);
  await picture(page, 'feed-phone-dark');
  await page.emulateMedia({ colorScheme: 'light' });
  await picture(page, 'feed-phone');
} finally {
  await browser.close();
  await product.stop();
}
