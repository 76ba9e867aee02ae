import { type Page, expect, test } from '@playwright/test';
import { onOwnPage } from './own-page.ts';
import { expectAccessibleIn } from './accessible.ts';
import { type Params, addressOf, foundParams, routes, settled, signIn } from './pages.ts';
import { type Product } from './product.ts';
import { type Watch } from './watch.ts';

let product: Product;
let page: Page;
let watch: Watch;
let params: Params;

onOwnPage((started, opened, watched) => {
  [product, page, watch] = [started, opened, watched];
});

test('no page asks another host for anything, nor has the browser to complain about it', async () => {
  await signIn(page, product.link);
  params = await foundParams(page);
  for (const route of routes()) {
    await test.step(route, async () => {
      await page.goto(new URL(addressOf(route, params), product.link).href);
      await settled(page);
      await expect(page.getByRole('alert').filter({ hasText: /\S/ })).toHaveCount(0);
      expect(watch).toEqual({ foreign: [], complaints: [] });
    });
  }
});

test('every page is accessible in each look and direction', async () => {
  test.setTimeout(600_000);
  for (const route of routes()) {
    await test.step(route, async () => {
      await page.goto(new URL(addressOf(route, params), product.link).href);
      await settled(page);
      await expectAccessibleIn(page);
    });
  }
});

test('an address that leads nowhere says so', async () => {
  await page.goto(new URL('/nowhere', product.link).href);
  await expect(page.getByRole('heading', { name: 'Nothing here' })).toBeVisible();
  expect(watch.foreign).toEqual([]);
});
