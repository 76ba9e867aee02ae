import { type BrowserContext, type Page, expect, test } from '@playwright/test';
import { expectAccessibleIn } from './accessible.ts';
import { onOwnPage } from './own-page.ts';
import { type Product, startProduct } from './product.ts';
import { type World, makeWorld } from './world.ts';

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

test.describe('whoever was punished', () => {
  const WORDS = 'این فقط دربارهٔ باغچه بود.\nPlease look again.';
  let world: World;
  let guarding: Product;
  let context: BrowserContext;
  let person: number;

  const isTold = (words: string) =>
    expect
      .poll(async () => (await world.told(person)).join('\n'), { timeout: 110_000 })
      .toContain(words);

  test.beforeAll(async ({ browser }) => {
    world = await makeWorld('Balcony gardeners', 0);
    guarding = await startProduct(world.settings);
    context = await browser.newContext({ viewport: { width: 360, height: 800 } });
    page = await context.newPage();
  });

  test.afterAll(async () => {
    await context.close();
    await guarding.stop();
    await world.stop();
  });

  const row = (name: string, what: string) =>
    page.getByRole('listitem').filter({ hasText: name }).filter({ hasText: what });

  test('appeals in private, and it comes to the queue in their own words', async () => {
    await page.goto(guarding.link);
    await expect(page.getByRole('status').filter({ hasText: 'Live' })).toBeVisible();
    person = await world.say(
      'Farhad',
      'We know a remote job for 80$ a day that the garden needs, come to https://t.me/+abcdefghijklmnop'
    );
    await expect(row('Farhad', '· muted')).toBeVisible({ timeout: 110_000 });
    expect(await world.statusOf(person)).toBe('restricted');
    await world.tell(person, '/start appeal');
    await world.press(person, 'Balcony gardeners');
    await isTold('in one message');
    await world.tell(person, WORDS);
    await isTold('have your appeal');

    await page.goto(new URL('/review', guarding.link).href);
    await page.getByRole('checkbox', { name: 'Only appeals' }).check();
    await expect(cases()).toHaveCount(1);
    await expect(cases()).toContainText('Appeal against the mute');
    const words = cases().getByText('باغچه');
    await expect(words).toHaveAttribute('dir', 'auto');
    expect(await words.evaluate((one) => getComputedStyle(one).direction)).toBe('rtl');
    await expectAccessibleIn(page);
  });

  test('is told of an appeal that is accepted by one tap, and is free', async () => {
    await cases()
      .getByRole('button', { name: /^Accept:/ })
      .click();
    await expect(cases()).toContainText('Accepted');
    await expect(cases().getByRole('button', { name: /^Take back/ })).toBeHidden();
    await isTold('your appeal was accepted');
    await expect.poll(() => world.statusOf(person), { timeout: 30_000 }).toBe('member');
    await page.getByRole('button', { name: 'Decided' }).click();
    const decided = page.getByRole('list', { name: 'Decided cases, the latest first' });
    await expect(decided.getByRole('listitem').first()).toContainText('appeal accepted');
    await expectAccessibleIn(page);
  });

  test('is free in Telegram, too, after one tap', async () => {
    await page.goto(new URL('/', guarding.link).href);
    const freed = await world.say(
      'Bahar',
      'Bitcoin airdrop is live! Connect your wallet and double your deposit today: https://t.me/+ponmlkjihgfedcba'
    );
    await expect(row('Bahar', '· banned')).toBeVisible({ timeout: 110_000 });
    expect(await world.statusOf(freed)).toBe('kicked');
    await row('Bahar', '· banned')
      .getByRole('button', { name: /^Lift the ban for/ })
      .click();
    // Free to come back: no bot can put somebody into a group.
    await expect.poll(() => world.statusOf(freed), { timeout: 30_000 }).toBe('left');
  });
});
