import { type Page, expect, test } from '@playwright/test';
import { expectAccessibleIn } from './accessible.ts';
import { onOwnPage } from './own-page.ts';
import { type Product } from './product.ts';

let product: Product;
let page: Page;

onOwnPage((started, opened) => {
  [product, page] = [started, opened];
});

const open = async (name: string) => {
  await page
    .getByRole('navigation', { name: 'Pages of the group' })
    .getByRole('link', { name })
    .click();
  await expect(page.getByRole('heading', { name: new RegExp(`^${name}`), level: 1 })).toBeVisible();
};
const told = (text: string | RegExp) => page.getByRole('status').filter({ hasText: text });
const question = () => page.getByRole('region', { name: 'What a newcomer will see' });
const answers = () => question().getByRole('listitem');
const raids = () =>
  page.getByRole('list', { name: 'Raids, the latest first' }).getByRole('listitem');
const save = () =>
  page.getByRole('region', { name: 'Unsaved changes' }).getByRole('button', { name: 'Save' });

test('what a newcomer will see follows the draft', async () => {
  await page.goto(product.link);
  await page.getByRole('link', { name: /^Policy of/ }).click();
  await open('Joining');
  await expect(question()).toContainText(/\b5\b/);
  await expect(answers()).toHaveCount(6);
  await expectAccessibleIn(page);
  await page.getByLabel('Time for an answer').fill('9');
  await expect(question()).toContainText(/\b9\b/);
  await page.getByLabel('What they are asked').selectOption({ label: 'Question' });
  await page.getByLabel('The question').fill('What do we grow?');
  await page.getByRole('textbox', { name: 'The right answer' }).fill('Tomatoes');
  await page.getByRole('textbox', { name: 'Wrong answer 1' }).fill('Money');
  await expect(question()).toContainText('What do we grow?');
  await expect(answers()).toHaveCount(2);
  expect((await answers().allInnerTexts()).sort()).toEqual(['Money', 'Tomatoes']);
  await expectAccessibleIn(page);
});

test('what joining means is saved, and stands in the policy’s history', async () => {
  await page.getByRole('checkbox', { name: 'Poll' }).check();
  await save().click();
  await expect(told('Saved.')).toBeVisible();
  await open('Policy');
  const version = page.getByRole('listitem').filter({ hasText: 'Version 2' });
  await expect(version).toContainText('Deleted from newcomers');
  await expect(version).toContainText('5 minutes → 9 minutes');
});

test('a raid is begun by hand, is on, and ends by hand', async () => {
  await open('Joining');
  const begin = page.getByRole('button', { name: 'Begin a raid' });
  const end = page.getByRole('button', { name: 'End it now' });
  await expect(begin.or(end)).toBeVisible();
  // The demo group may have one of its own.
  if (await end.isVisible()) await end.click();
  await begin.click();
  await expect(raids().first()).toContainText('is on');
  await expectAccessibleIn(page);
  await end.click();
  await expect(raids().first()).toContainText('begun by the operator, ended by the operator');
  await expect(begin).toBeVisible();
});

test('the group is spoken to in another language at once', async () => {
  await open('Settings');
  await expectAccessibleIn(page);
  await page.getByLabel('Language').selectOption('zh');
  await expect(told('the bot speaks it there')).toBeVisible();
  await page.getByLabel('Where decisions are told').selectOption({ label: 'In this group' });
  await expect(told('they go there')).toBeVisible();
  await page.reload();
  await expect(page.getByLabel('Language')).toHaveValue('zh');
  await expect(page.getByLabel('Where decisions are told').locator('option:checked')).toHaveText(
    'In this group'
  );
  await open('Joining');
  await expect(question()).toContainText('9 分钟');
});

test('the hours of a night are asked for once there is one', async () => {
  await open('Settings');
  await expect(page.getByLabel('Night begins at')).toBeHidden();
  await page.getByRole('checkbox', { name: 'Night mode' }).check();
  await expect(page.getByLabel('Night begins at')).toHaveValue('23:00');
  await expectAccessibleIn(page);
  await save().click();
  await expect(told('Saved.')).toBeVisible();
});

test('a group is only watched, and guarded again', async () => {
  await open('Settings');
  await page.getByRole('button', { name: 'Only watch' }).click();
  await expect(told('only watched')).toBeVisible();
  await open('Joining');
  await page.getByRole('button', { name: 'Begin a raid' }).click();
  await expect(page.getByRole('alert')).toContainText('only watched');
  await open('Settings');
  await page.getByRole('button', { name: 'Start guarding' }).click();
  await expect(told('it is guarded')).toBeVisible();
});

test('what is kept is told in figures', async () => {
  const kept = page.getByRole('region', { name: 'What is kept' });
  await expect(kept).toContainText('Purged after 30 days.');
  await expect(kept).toContainText('/forgetme');
});

test('a file is looked at, taken in and comes out again', async () => {
  const file = (content: string) => ({
    name: 'settings.yaml',
    mimeType: 'application/yaml',
    buffer: Buffer.from(content)
  });
  const input = page.getByLabel('Take in a file');
  await input.setInputFiles(file('format: 1\npolicy: {mute_days: 0}\n'));
  await expect(page.getByRole('alert')).toContainText('line 2, policy.mute_days');
  await input.setInputFiles(file('format: 1\npolicy: {mute_days: 4}\n'));
  const plan = page.getByRole('group', { name: 'What the file changes' });
  await expect(plan).toContainText('7 days → 4 days');
  await expectAccessibleIn(page);
  await plan.getByRole('button', { name: 'Change this' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'Taken in.' })).toBeVisible();
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export everything' }).click();
  expect((await download).suggestedFilename()).toBe('chatwarden.yaml');
});
