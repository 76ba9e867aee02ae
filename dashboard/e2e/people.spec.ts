import { type BrowserContext, type Page, expect, test } from '@playwright/test';
import { expectAccessibleIn } from './accessible.ts';
import { browserPath } from './browser.ts';
import { addressOf, foundParams, routes, settled } from './pages.ts';
import { type Product, startProduct } from './product.ts';

test.skip(browserPath() === null, 'no Chromium or Chrome: set CHROMIUM_PATH to one');
test.describe.configure({ mode: 'serial' });

const GUEST = 'user:7707';

let product: Product;
let operator: BrowserContext;
let guest: BrowserContext;
let page: Page;
let guestPage: Page;
let invitation: string;

test.beforeAll(async ({ browser }) => {
  product = await startProduct();
  operator = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  guest = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  page = await operator.newPage();
  guestPage = await guest.newPage();
});

test.afterAll(async () => {
  await operator?.close();
  await guest?.close();
  await product?.stop();
});

const at = (path: string) => new URL(path, product.link).href;
const nav = (name: string) =>
  page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name });

test('the overview shows each group with its posture, its figures and its week', async () => {
  await page.goto(product.link);
  await nav('Overview').click();
  const card = page.getByRole('listitem').filter({ has: page.getByRole('heading', { level: 2 }) });
  await expect(card).toHaveCount(1, { timeout: 60_000 });
  await expect(card).toContainText('Guarding');
  await expect(card.getByRole('img', { name: /Deleted a day/ })).toBeVisible();
  await expectAccessibleIn(page);
});

test('the team tells who has a role by Telegram', async () => {
  await page.getByRole('link', { name: /^Team of/ }).click();
  await page.waitForURL(/\/team$/);
  const members = page.getByRole('region', { name: 'Who has a role' }).getByRole('listitem');
  // Telegram is asked once the product has started, while the page may be open already.
  await expect(async () => {
    await page.reload();
    await expect(members.filter({ hasText: 'Owner' })).toHaveCount(1, { timeout: 2000 });
  }).toPass();
  await expect(members.first()).toContainText('by Telegram’s rights');
  await expectAccessibleIn(page);
});

test('a webhook tells its secret once, how a test went, and is taken away', async () => {
  await nav('Webhooks').click();
  await page.getByRole('textbox', { name: 'Address' }).fill('https://receiver.invalid/chatwarden');
  await page.getByRole('checkbox', { name: /A raid began/ }).check();
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  const secret = page.getByRole('textbox', { name: 'Secret of the webhook' });
  await expect(secret).toHaveValue(/^whsec_/);
  await expectAccessibleIn(page);
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('button', { name: /^Test/ }).click();
  await expect(page.getByText('did not arrive: the name leads nowhere')).toBeVisible();
  await page.getByRole('button', { name: /^Deliveries/ }).click();
  await expect(page.getByText(/Nothing was sent yet|outcome\.punished/).last()).toBeVisible();
  await page.getByRole('button', { name: /^Turn off/ }).click();
  await expect(page.getByText('off: nothing is sent')).toBeVisible();
  await expectAccessibleIn(page);
  await page.getByRole('button', { name: /^Remove/ }).click();
  await page.getByRole('button', { name: 'Yes, remove' }).click();
  await expect(page.getByText('Nowhere yet')).toBeVisible();
  await nav('Team').click();
});

test('an invitation is shown once', async () => {
  await page.getByRole('combobox', { name: /^As/ }).selectOption('viewer');
  await page.getByRole('button', { name: 'Make a link' }).click();
  const shown = page.getByRole('textbox', { name: 'Invitation link' });
  invitation = await shown.inputValue();
  expect(invitation).toContain('/join#invitation=');
  await expectAccessibleIn(page);
  await page.getByRole('button', { name: 'Done' }).click();
  await expect(shown).toBeHidden();
  await expect(page.getByRole('button', { name: /^Withdraw/ })).toHaveCount(1);
});

test('who is not signed in takes the invitation up after signing in', async () => {
  await guestPage.goto(invitation);
  await expect(guestPage.getByText('your invitation is taken up')).toBeVisible();
  expect(new URL(guestPage.url()).hash).toBe('');
  await expectAccessibleIn(guestPage);
  await guestPage.goto(await product.linkFor(GUEST));
  await expect(guestPage.getByRole('status')).toContainText('You are a viewer of');
  await expectAccessibleIn(guestPage);
});

test('a viewer sees outcomes and the policy, and no button that changes anything', async () => {
  await guestPage.goto(at('/'));
  const rows = guestPage.getByRole('listitem').filter({ has: guestPage.locator('[data-row]') });
  const deleted = rows.filter({ has: guestPage.locator('[data-state=enforced]') }).first();
  await expect(deleted).toBeVisible({ timeout: 100_000 });
  const CHANGES = /^(Lift|Undo\b|Start guarding|Only watch|Spam|Not spam|Save)/;
  await expect(guestPage.getByRole('button', { name: CHANGES })).toHaveCount(0);
  await deleted.locator('[data-row]').click();
  const details = guestPage.getByRole('complementary', { name: 'Details of the outcome' });
  await expect(details.getByText('Any message')).toBeVisible();
  await expect(details.getByRole('button', { name: CHANGES })).toHaveCount(0);

  const asked: string[] = [];
  guestPage.on('request', (request) => {
    if (request.method() !== 'GET' && !request.url().endsWith('/refresh'))
      asked.push(request.url());
  });
  for (const key of ['u', 's', 'h']) await guestPage.keyboard.press(key);
  expect(asked).toEqual([]);

  await details.getByRole('link').first().click();
  await expect(guestPage.getByRole('heading', { name: 'History here' })).toBeVisible();
  await expect(guestPage.getByRole('group', { name: 'What to do' })).toHaveCount(0);
  await expectAccessibleIn(guestPage);

  await guestPage.goto(at('/'));
  await guestPage.getByRole('link', { name: /^Policy of/ }).click();
  await expect(guestPage.getByText('an admin of the group may change this')).toBeVisible();
  await expect(guestPage.getByLabel('A mute lasts')).toBeDisabled();
  await expect(guestPage.getByRole('button', { name: /^(Save|Go back)/ })).toHaveCount(0);
  await expectAccessibleIn(guestPage);
});

test('on no page of a group does a viewer find a button that changes it', async () => {
  const CHANGES =
    /^(Lift|Undo|Start|Only watch|Spam|Not spam|Pick|Save(?! as)|Go back|Add|Change|Delete|Switch|Ban|Always|No longer|Make a link|Remove|Withdraw)\b/;
  const params = await foundParams(guestPage);
  const ofAGroup = routes().filter((route) => !/sign-in|join|account/.test(route));
  expect(ofAGroup.length).toBeGreaterThan(10);
  for (const route of ofAGroup) {
    await guestPage.goto(at(addressOf(route, params)));
    await settled(guestPage);
    await expect(guestPage.getByRole('button', { name: CHANGES }), route).toHaveCount(0);
  }
});

test('who is taken out of the team sees the group no more', async () => {
  await page.reload();
  await page.getByRole('button', { name: 'Remove user 7707' }).click();
  await page.getByRole('button', { name: 'Yes, remove' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'no role' })).toBeVisible();
  await guestPage.goto(at('/overview'));
  await expect(guestPage.getByText('No groups yet')).toBeVisible();
  await expectAccessibleIn(guestPage);
});

test('a key is shown once, works, and works no more once it is revoked', async () => {
  await nav('Account').click();
  await page.getByLabel('What it is for').fill('Nightly report of everything, with a long name');
  await page.getByRole('button', { name: 'Make a key' }).click();
  const shown = page.getByRole('textbox', { name: /^Key/ });
  const key = await shown.inputValue();
  const headers = { Authorization: `Bearer ${key}` };
  const ask = () => guest.request.get(at('/api/v1/groups'), { headers });
  expect((await ask()).status()).toBe(200);
  await expectAccessibleIn(page);
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('button', { name: /^Revoke/ }).click();
  await page.getByRole('button', { name: 'Yes, revoke' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'works no more' })).toBeVisible();
  expect((await ask()).status()).toBe(401);
});

test('the audit log tells who did it, and is narrowed by kind and person', async () => {
  await nav('Audit log').click();
  const events = page.getByRole('list', { name: 'Events, the newest first' });
  await expect(events.getByRole('listitem').first()).toContainText('revoked an API key');
  await expect(events).toContainText('joined the team as viewer');
  await expectAccessibleIn(page);
  await page.getByRole('button', { name: 'Team, keys, webhooks' }).click();
  await expect(events).not.toContainText('signed in by');
  await events.getByRole('button', { name: 'user 7707' }).first().click();
  await expect(events.getByRole('listitem')).toHaveCount(1);
  await page.getByRole('button', { name: /by user 7707/ }).click();
  await page.getByRole('button', { name: 'Settings' }).click();
  await expect(page.getByText('Nothing of this kind')).toBeVisible();
});

test('signing out everywhere ends the other browsers of that person', async () => {
  await nav('Account').click();
  await page.getByRole('button', { name: 'Sign out everywhere' }).click();
  await page.getByRole('button', { name: 'Yes, end all of them' }).click();
  await expect(page.getByRole('heading', { name: 'Sign in to Chatwarden' })).toBeVisible();
  await page.goto(at('/'));
  await expect(page.getByRole('heading', { name: 'Sign in to Chatwarden' })).toBeVisible();
});
