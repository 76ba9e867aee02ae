import { type Page, expect, test } from '@playwright/test';
import { expectAccessibleIn } from './accessible.ts';
import { onOwnPage } from './own-page.ts';
import { type Product } from './product.ts';

let product: Product;
let page: Page;

onOwnPage((started, opened) => {
  [product, page] = [started, opened];
});

const bar = () => page.getByRole('region', { name: 'Unsaved changes' });
const save = () => bar().getByRole('button', { name: 'Save' });
const muteDays = () => page.getByLabel('A mute lasts');
const version = (number: number) =>
  page.getByRole('listitem').filter({ hasText: `Version ${number}` });

test('a group’s policy opens from the feed', async () => {
  await page.goto(product.link);
  await page.getByRole('link', { name: /^Policy of/ }).click();
  await expect(page.getByRole('heading', { name: /^Policy/, level: 1 })).toBeVisible();
  await expect(page.getByRole('radio', { name: /standard/i })).toBeChecked();
  await expect(bar()).toBeHidden();
  await expectAccessibleIn(page);
});

test('what is changed and not saved is told, and can be dropped', async () => {
  await muteDays().fill('3');
  await page.getByLabel('Weight of Invite link, percent').fill('150');
  await page.getByLabel('Weight of Invite link, percent').press('Tab');
  await expect(bar()).toContainText('2 unsaved changes');
  await expect(bar()).toContainText('Invite link: weight');
  await expectAccessibleIn(page);
  await bar().getByRole('button', { name: 'Discard' }).click();
  await expect(muteDays()).toHaveValue('7');
});

test('what a draft would have decided otherwise is told beside it, with the messages', async () => {
  const preview = page.getByRole('region', { name: 'What would change' });
  await expect(preview).toBeHidden();
  await page.getByLabel('Weight of Invite link, percent').fill('0');
  await page.getByLabel('Weight of Invite link, percent').press('Tab');
  // The demo group tells its story in time: until then there is nothing that would have been otherwise.
  await expect(async () => {
    await page.getByRole('radio', { name: /strict/i }).check();
    await page.getByRole('radio', { name: /gentle/i }).check();
    await expect(preview).toContainText(/[1-9]\d* milder/);
  }).toPass();
  await expect(preview).toContainText(/something was found in \d+ of \d+ messages/);
  const change = preview.getByRole('listitem').first();
  await change.locator('summary').click();
  await expect(change.getByRole('blockquote').first()).not.toBeEmpty();
  await expectAccessibleIn(page);
  await bar().getByRole('button', { name: 'Discard' }).click();
  await expect(preview).toBeHidden();
});

test('a change is saved by keyboard and stands in the history with its reason', async () => {
  await muteDays().fill('3');
  await page.getByRole('radio', { name: /standard/i }).press('ArrowRight');
  await bar().getByLabel('Why, for the history').fill('A raid');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('status').filter({ hasText: 'Saved.' })).toBeVisible();
  await expect(version(2)).toContainText('counts now');
  await expect(version(2)).toContainText('A raid');
  await expect(version(2)).toContainText('7 days → 3 days');
  await page.reload();
  await expect(muteDays()).toHaveValue('3');
  await expect(page.getByRole('radio', { name: /strict/i })).toBeChecked();
});

test('what the engine refuses is told at its field and nothing is lost', async () => {
  await page.getByRole('spinbutton', { name: /^delete/i }).fill('99');
  await save().click();
  await expect(page.getByRole('alert')).toContainText('must rise');
  await expect(page.locator('[id="error-thresholds"]')).toContainText('must rise');
  await expect(page.locator('[id="thresholds.review"]')).toBeFocused();
  await expect(page.locator('[id="thresholds.delete"]')).toHaveValue('99');
  await expectAccessibleIn(page);
  await bar().getByRole('button', { name: 'Discard' }).click();
});

test('two who edit at once lose nothing of each other', async () => {
  const other = await page.context().newPage();
  await other.goto(page.url());
  await other.getByLabel('A ban lasts').fill('9');
  await other.getByRole('button', { name: 'Save' }).click();
  await expect(other.getByRole('status').filter({ hasText: 'Saved.' })).toBeVisible();
  await other.close();
  await muteDays().fill('5');
  await save().click();
  await expect(page.getByRole('alert')).toContainText('changed meanwhile');
  await page.getByRole('button', { name: 'Keep my changes on top of it' }).click();
  await expect(page.getByLabel('A ban lasts')).toHaveValue('9');
  await expect(muteDays()).toHaveValue('5');
  await save().click();
  await expect(version(4)).toContainText('3 days → 5 days');
});

test('a former version counts again by two taps', async () => {
  await page.getByRole('button', { name: 'Go back to version 1' }).click();
  await page.getByRole('button', { name: 'Yes, go back' }).click();
  await expect(version(5)).toContainText('counts now');
  await expect(muteDays()).toHaveValue('7');
  await expect(page.getByRole('radio', { name: /standard/i })).toBeChecked();
});

test('a group that is not there says so', async () => {
  await page.goto(new URL('/groups/1/-1/policy', product.link).href);
  await expect(page.getByRole('alert')).toContainText('nothing here');
  await expectAccessibleIn(page);
});
