import { type Page, expect, test } from '@playwright/test';
import { onOwnPage } from './own-page.ts';
import { addressOf, foundParams, routes, settled, signIn } from './pages.ts';
import { type Product } from './product.ts';
import { type Watch } from './watch.ts';

let product: Product;
let page: Page;
let watch: Watch;

onOwnPage((started, opened, watched) => {
  [product, page, watch] = [started, opened, watched];
});

test('no page asks another host for anything, nor has the browser to complain about it', async () => {
  await signIn(page, product.link);
  const params = await foundParams(page);
  for (const route of routes()) {
    await test.step(route, async () => {
      await page.goto(new URL(addressOf(route, params), product.link).href);
      await settled(page);
      await expect(page.getByRole('alert').filter({ hasText: /\S/ })).toHaveCount(0);
      expect(watch).toEqual({ foreign: [], complaints: [] });
    });
  }
});

test('an address that leads nowhere says so', async () => {
  await page.goto(new URL('/nowhere', product.link).href);
  await expect(page.getByRole('heading', { name: 'Nothing here' })).toBeVisible();
  expect(watch.foreign).toEqual([]);
});
