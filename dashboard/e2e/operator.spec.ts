/** From nothing to a guarded group, and the operator's page, over a Telegram that has no group yet. */
import { type BrowserContext, type Page, expect, test } from '@playwright/test';
import { expectAccessibleIn } from './accessible.ts';
import { browserPath } from './browser.ts';
import { type Product, startProduct } from './product.ts';
import { BOT_ID, type Simulator, TOKEN, startSimulator } from './simulator.ts';

test.skip(browserPath() === null, 'no Chromium or Chrome: set CHROMIUM_PATH to one');
test.describe.configure({ mode: 'serial' });

const [GROUP, SECOND] = [-1001, -1002];
const [OWNER, SPAMMER] = [1, 2];
const SPAM = 'Remote job, 80$ a day, no experience: write me https://t.me/+AbCdEfGh12345678';

let telegram: Simulator;
let product: Product;
let context: BrowserContext;
let page: Page;

test.beforeAll(async ({ browser }) => {
  telegram = await startSimulator();
  product = await startProduct({
    CHATWARDEN_BOT_TOKEN: TOKEN,
    CHATWARDEN_TELEGRAM_API: telegram.address
  });
  context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  page = await context.newPage();
});

test.afterAll(async () => {
  await context?.close();
  await product?.stop();
  await telegram?.stop();
});

const nav = (name: string) =>
  page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name });
const next = () => page.getByRole('listitem').and(page.locator('[aria-current=step]'));
const letters = () => page.getByRole('list', { name: 'Dead letters, the newest first' });

test('without a group the overview says how the bot comes into one', async () => {
  await page.goto(product.link);
  await nav('Overview').click();
  await expect(next()).toContainText('Add it to your group');
  const link = page.getByRole('link', { name: /^Add @\w+ to a group$/ });
  await expect(link).toHaveAttribute(
    'href',
    /^https:\/\/t\.me\/\w+\?startgroup=setup&admin=delete_messages\+restrict_members$/
  );
  await expectAccessibleIn(page);
});

test('as the bot comes into a group the page asks for the rights it lacks', async () => {
  await telegram.control('people', {
    people: [
      { id: OWNER, first_name: 'Olga' },
      { id: SPAMMER, first_name: 'Rex' }
    ]
  });
  await telegram.control('chats', { id: GROUP, title: 'Makers', owner: OWNER });
  await telegram.control('join', { chat_id: GROUP, person_ids: [BOT_ID] });
  await expect(next()).toContainText('Give it its rights', { timeout: 60_000 });
  await expect(next().getByRole('listitem').filter({ hasText: 'Ban users' })).toBeVisible({
    timeout: 60_000
  });
  await expectAccessibleIn(page);
});

test('with its rights it waits for the word, and guards at it', async () => {
  await telegram.control('promote', { chat_id: GROUP, person_id: BOT_ID, rights: {} });
  await expect(next()).toContainText('Let it guard', { timeout: 60_000 });
  await expectAccessibleIn(page);
  await page.getByRole('button', { name: 'Start guarding' }).click();
  await expect(page.getByText('Guard your first group')).toBeHidden();
  await expect(page.getByRole('listitem', { name: 'Makers' })).toContainText('Guarding');
});

test('the operator sees parts, queues and versions', async () => {
  await nav('Operator').click();
  await expect(page.getByRole('status').filter({ hasText: 'All parts are well.' })).toBeVisible();
  await expect(page.getByRole('row', { name: /^Actions/ })).toContainText('0');
  await expect(page.getByText('Layout, the newest')).toBeVisible();
  await expect(page.getByText('None: everything that came')).toBeVisible();
  await expectAccessibleIn(page);
});

test('what cannot be read lies there with its reason, fails again, and is dropped', async () => {
  await telegram.control('updates', { updates: [{ message: 'no object' }] });
  const letter = letters().getByRole('listitem');
  await expect(letter).toContainText('tried once', { timeout: 30_000 });
  await expectAccessibleIn(page);
  await letter.getByRole('button', { name: /^Replay/ }).click();
  await expect(page.getByRole('status').filter({ hasText: 'It failed again.' })).toBeVisible();
  await expect(letter).toContainText('tried 2 times');
  await letter.getByRole('button', { name: /^Drop/ }).click();
  await letter.getByRole('button', { name: 'Yes, forget it' }).click();
  await expect(page.getByText('None: everything that came')).toBeVisible();
});

test('what is replayed is judged and acted upon', async () => {
  await telegram.control('join', { chat_id: GROUP, person_ids: [SPAMMER] });
  const harmless = { from_id: SPAMMER, text: 'Good evening' };
  const posted = await telegram.control('messages', { chat_id: GROUP, message: harmless });
  const message_id = (posted as { ids: number[] }).ids[0];
  await product.setAside({
    update_id: 1,
    message: {
      message_id,
      date: Math.floor(Date.now() / 1000),
      chat: { id: GROUP, type: 'supergroup', title: 'Makers' },
      from: { id: SPAMMER, is_bot: false, first_name: 'Rex' },
      text: SPAM
    }
  });
  await page.getByRole('button', { name: 'Replay all 1 that could not be judged' }).click();
  await expect(letters()).toContainText('has not failed again');
  await nav('Live feed').click();
  await expect(page.locator('[data-state=enforced]').first()).toBeVisible({ timeout: 30_000 });
});

test('an examination says what is to be mended, that first', async () => {
  await nav('Operator').click();
  await page.getByRole('button', { name: 'Examine' }).click();
  const findings = page.getByRole('list', { name: 'Findings, those to mend first' });
  await expect(findings.getByRole('listitem').first()).toContainText('to mend', {
    timeout: 30_000
  });
  await expect(findings.getByRole('listitem').last()).toContainText('ok');
  await expect(findings).toContainText('rights in Makers');
  await expectAccessibleIn(page);
});

test('a person who asks is given what is held, and is erased', async () => {
  await nav('Operator').click();
  const section = page.getByRole('region', { name: 'A person’s request' });
  await section.getByRole('textbox', { name: 'Telegram id' }).fill(String(SPAMMER));
  await section.getByRole('button', { name: 'Look' }).click();
  await expect(section).toContainText('About 2: 1 message that something was found in');
  await expectAccessibleIn(page);
  const saved = page.waitForEvent('download');
  await section.getByRole('button', { name: 'Download the file' }).click();
  expect((await saved).suggestedFilename()).toBe(`person-${SPAMMER}.json`);
  await section.getByRole('button', { name: 'Erase' }).click();
  await section.getByRole('button', { name: 'Yes, erase' }).click();
  await expect(section).toContainText('Nothing is held about 2.');
  await expect(section.getByRole('status')).toContainText('rows were touched');
});

test('another group of the same owner is given the policy of the first', async () => {
  await telegram.control('chats', { id: SECOND, title: 'Bakers', owner: OWNER });
  await telegram.control('join', { chat_id: SECOND, person_ids: [BOT_ID] });
  await telegram.control('promote', { chat_id: SECOND, person_id: BOT_ID, rights: {} });
  const settings = new URL(`/groups/${BOT_ID}/${GROUP}/settings`, product.link).href;
  const row = page.getByRole('listitem').filter({ hasText: 'Bakers' });
  await expect(async () => {
    await page.goto(settings);
    await expect(row).toContainText('shares bans', { timeout: 5_000 });
  }).toPass({ timeout: 60_000 });
  await page.getByRole('checkbox', { name: 'Bans count in the whole workspace' }).uncheck();
  await page
    .getByRole('region', { name: 'Unsaved changes' })
    .getByRole('button', { name: 'Save' })
    .click();
  await page.getByRole('button', { name: 'Give them this policy' }).click();
  await expectAccessibleIn(page);
  await page.getByRole('button', { name: 'Yes, give it to them' }).click();
  await expect(page.getByRole('status').filter({ hasText: '1 group has it now.' })).toBeVisible();
  await expect(row).toContainText('keeps its bans to itself');
});

test('the group at the top is that of the page, and another one leads to the same page of it', async () => {
  const picker = page.getByRole('combobox', { name: 'Group', exact: true });
  await expect(picker).toHaveValue(String(GROUP));
  await picker.selectOption(String(SECOND));
  await expect(page).toHaveURL(new RegExp(`/groups/${BOT_ID}/${SECOND}/settings$`));
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Settings of Bakers');
  await expect(nav('Overview')).toHaveAttribute('aria-current', 'true');
  await picker.selectOption('All groups');
  await expect(page).toHaveURL(/\/overview$/);
  await expect(picker).toHaveValue('');
});

test('a workspace is erased once it is told what is lost', async () => {
  await page.goto(new URL(`/groups/${BOT_ID}/${GROUP}/settings`, product.link).href);
  await page.getByRole('button', { name: 'Erase the workspace' }).click();
  const lost = page.getByRole('group', { name: 'What is lost' });
  await expect(lost).toContainText('Bakers');
  await expect(lost).toContainText('cannot be undone here any more');
  await expectAccessibleIn(page);
  await lost.getByRole('button', { name: 'No' }).click();
  await expect(lost).toHaveCount(0);
  await page.getByRole('button', { name: 'Erase the workspace' }).click();
  await lost.getByRole('button', { name: 'Yes, erase all 2 groups' }).click();
  await expect(page).toHaveURL(/\/overview/);
  await expect(page.getByRole('link', { name: /^Policy of/ })).toHaveCount(0);
});

test('who does not run the deployment has no such page', async () => {
  await page.goto(await product.linkFor('user:1'));
  await expect(nav('Overview')).toBeVisible();
  await expect(nav('Operator')).toHaveCount(0);
  await page.goto(new URL('/operator', product.link).href);
  await expect(page.getByText('Only the operator sees the deployment')).toBeVisible();
});
