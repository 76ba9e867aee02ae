import { type BrowserContext, type Page, expect, test } from '@playwright/test';
import { browserPath } from './browser.ts';
import { type Product, startProduct } from './product.ts';
import { type Watch, watching } from './watch.ts';

/**
 * Gives a file's tests a product of their own and a page of 1440 by 900 pixels, where there is a browser. They follow each other on that page, as there is one
 * sign-in link. `take` is called before the first of them. Whatever they do, no other host may be asked.
 */
export function onOwnPage(take: (product: Product, page: Page, watch: Watch) => void): void {
  test.skip(browserPath() === null, 'no Chromium or Chrome: set CHROMIUM_PATH to one');
  test.describe.configure({ mode: 'serial' });

  let product: Product | undefined;
  let context: BrowserContext | undefined;
  let watch: Watch | undefined;

  test.beforeAll(async ({ browser }) => {
    product = await startProduct();
    context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    watch = watching(context, product.link);
    take(product, await context.newPage(), watch);
  });

  test.afterAll(async () => {
    await context?.close();
    await product?.stop();
    expect(watch?.foreign ?? []).toEqual([]);
  });
}
