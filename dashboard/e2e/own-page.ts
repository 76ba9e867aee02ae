import { type BrowserContext, type Page, test } from '@playwright/test';
import { browserPath } from './browser.ts';
import { type Product, startProduct } from './product.ts';

/**
 * Gives a file's tests a product of their own and a page of 1440 by 900 pixels, where there is a browser. They follow each other on that page, as there is one
 * sign-in link. `take` is called before the first of them.
 */
export function onOwnPage(take: (product: Product, page: Page) => void): void {
  test.skip(browserPath() === null, 'no Chromium or Chrome: set CHROMIUM_PATH to one');
  test.describe.configure({ mode: 'serial' });

  let product: Product | undefined;
  let context: BrowserContext | undefined;

  test.beforeAll(async ({ browser }) => {
    product = await startProduct();
    context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    take(product, await context.newPage());
  });

  test.afterAll(async () => {
    await context?.close();
    await product?.stop();
  });
}
