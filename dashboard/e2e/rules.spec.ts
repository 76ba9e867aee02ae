import { type Page, expect, test } from '@playwright/test';
import { expectAccessibleIn } from './accessible.ts';
import { onOwnPage } from './own-page.ts';
import { type Product } from './product.ts';

let product: Product;
let page: Page;

onOwnPage((started, opened) => {
  [product, page] = [started, opened];
});

const form = () => page.getByRole('form');
const named = () => form().getByRole('textbox', { name: 'Name', exact: true });
const result = () => page.getByRole('region', { name: 'What the rule meets' });
const rules = () => page.getByRole('list', { name: 'Rules' }).getByRole('listitem');
const button = (name: string) => page.getByRole('button', { name, exact: true });

test('a group without rules says so', async () => {
  await page.goto(product.link);
  await page.getByRole('link', { name: /^Policy of/ }).click();
  await page.getByRole('link', { name: 'Rules', exact: true }).click();
  await expect(page.getByText('No rules yet')).toBeVisible();
  await expectAccessibleIn(page);
});

test('a rule is tried on a text and on what is kept, before it counts', async () => {
  await button('Add a rule').click();
  await form().getByLabel('Read as').selectOption('Regular expression');
  await form().getByLabel('Pattern').fill('(an?|the|you|@\\w+)\\b');
  await form().getByLabel('Text to try it on').fill('Have you watered them?');
  await expect(async () => {
    await button('Try it').click();
    await expect(result().getByRole('list', { name: 'Examples' })).toBeVisible({ timeout: 3000 });
  }).toPass({ timeout: 110_000 });
  await expect(result().locator('mark')).toContainText('you');
  await expectAccessibleIn(page);
});

test('what is wrong with a pattern is told beside it', async () => {
  await form().getByLabel('Pattern').fill('(casino');
  await button('Try it').click();
  await expect(form().getByLabel('Pattern')).toHaveAttribute('aria-invalid', 'true');
  await expect(form()).toContainText('unclosed group');
  await expectAccessibleIn(page);
});

test('a rule is added, changed, switched off and deleted, each a version of the policy', async () => {
  await form().getByLabel('Read as').selectOption('Wildcard');
  await form().getByLabel('Pattern').fill('casin*');
  await named().fill('casino');
  await form().getByLabel('Verdict').selectOption('delete, and mute');
  await named().press('Enter');
  await expect(rules()).toContainText('casin*');
  await expect(rules()).toContainText('delete, and mute');

  await button('Change casino').click();
  await form().getByLabel('Ends on').fill('2030-01-01');
  await button('Save').click();
  await expect(rules()).toContainText('until 1 Jan 2030');
  await button('Switch off casino').click();
  await expect(rules()).toContainText('switched off');
  await expectAccessibleIn(page);
  await button('Delete casino').click();
  await button('Yes, delete').click();
  await expect(page.getByText('No rules yet')).toBeVisible();

  await page.getByRole('link', { name: 'Policy', exact: true }).click();
  const version = (number: number) =>
    page.getByRole('listitem').filter({ hasText: `Version ${number}` });
  await expect(version(2)).toContainText('Rule casino added');
  await expect(version(5)).toContainText('Rule casino deleted');
});

test('a name that is taken is refused, and what was typed stays', async () => {
  await page.getByRole('link', { name: 'Rules', exact: true }).click();
  for (const pattern of ['first words', 'second words']) {
    await button('Add a rule').click();
    await form().getByLabel('Pattern').fill(pattern);
    await named().fill('same');
    await button('Save').click();
    if (pattern === 'first words') await expect(rules()).toHaveCount(1);
  }
  await expect(page.getByRole('alert')).toBeVisible();
  await expect(form().getByLabel('Pattern')).toHaveValue('second words');
  await expect(rules()).toHaveCount(1);
});
