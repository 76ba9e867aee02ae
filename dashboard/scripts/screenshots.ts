/**
 * Pictures of every page for the docs, of the real product with its demo group: `npm run screenshots`. On a desk and on a phone, in light and dark; each as
 * small as it can be read. It takes some minutes, since the demo group talks and is spammed at its own pace.
 */
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Page, chromium } from '@playwright/test';
import { launchOptions } from '../e2e/browser.ts';
import { foundParams, routes, settled, signIn } from '../e2e/pages.ts';
import { startProduct } from '../e2e/product.ts';
import { walkToFirstGroup } from './first-group.ts';
import { Scene, startReceiver } from './scene.ts';

const FOLDER = resolve(import.meta.dirname, '../../docs/images');
const QUALITY = 78;
const MOST_BYTES = 3_000_000;
const ENOUGH_DELETED = 7;
const ENOUGH_CASES = 5;
const WAIT_MS = 240_000;
const SPAM = 'Earn $500 a day from home, no experience, write me in private @easy_cash_now';

const LOOKS = [
  { suffix: '', colorScheme: 'light', width: 1280, height: 800 },
  { suffix: '-dark', colorScheme: 'dark', width: 1280, height: 800 },
  { suffix: '-phone-dark', colorScheme: 'dark', width: 360, height: 740 },
  { suffix: '-phone', colorScheme: 'light', width: 360, height: 740 }
] as const;

/** What is done on a page before its pictures are taken. */
const PREPARED: Record<string, (page: Page) => Promise<unknown>> = {
  joining: (page) =>
    page
      .getByRole('region', { name: 'What a newcomer will see' })
      .getByRole('listitem')
      .first()
      .waitFor(),
  playground: async (page) => {
    await page.getByLabel(/^Message, or an update/).fill(SPAM);
    await page.getByRole('button', { name: 'Judge' }).click();
    await page.locator('mark').first().waitFor();
  },
  policy: async (page) => {
    await page.getByRole('radio', { name: /gentle/i }).check();
    await page.getByRole('region', { name: 'What would change' }).getByText('milder').waitFor();
  },
  webhooks: (page) => page.getByRole('button', { name: /^Deliveries/ }).click()
};

/** "feed" for "/", "sender" for "/…/senders/[sender_id]", else the last word. */
function nameOf(route: string): string {
  const last = route.split('/').at(-1) ?? '';
  return last === '' ? 'feed' : last.replace(/^\[(\w+)_id\]$/, '$1');
}

/** As WebP, which Playwright itself does not write. Of the whole window, or of a part. */
async function picture(page: Page, name: string, selector?: string): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const box = selector === undefined ? null : await page.locator(selector).first().boundingBox();
  const { data } = await session.send('Page.captureScreenshot', {
    format: 'webp',
    quality: QUALITY,
    ...(box && { clip: { ...box, scale: 1 } })
  });
  await session.detach();
  await writeFile(resolve(FOLDER, `${name}.webp`), Buffer.from(data, 'base64'));
}

async function pictures(
  page: Page,
  name: string,
  looks: readonly (typeof LOOKS)[number][] = LOOKS,
  selector?: string
) {
  for (const { suffix, colorScheme, width, height } of looks) {
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    // A chart is drawn anew for another width.
    await page.waitForTimeout(200);
    await picture(page, name + suffix, selector);
  }
  await page.setViewportSize({ width: 1280, height: 800 });
}

async function ofTheFeed(page: Page): Promise<void> {
  const [desk, phone] = [LOOKS.slice(0, 2), LOOKS.slice(2)];
  const rows = page.getByRole('listitem').filter({ has: page.locator('[data-row]') });
  const deleted = rows.filter({ has: page.locator('[data-state=enforced]') });
  await pictures(page, 'feed', phone);
  await deleted.nth(1).locator('[data-row]').click();
  await pictures(page, 'feed', desk);
  await page.getByRole('button', { name: 'Not spam' }).scrollIntoViewIfNeeded();
  await pictures(page, 'feedback', desk);
}

await mkdir(FOLDER, { recursive: true });
const receiver = await startReceiver();
const product = await startProduct({ CHATWARDEN_PRIVATE_WEBHOOKS: 'true' });
const { args, ...options } = launchOptions();
const browser = await chromium.launch({ ...options, args: [...args, '--lang=en-GB'] });
try {
  const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'Europe/Berlin' });
  const page = await context.newPage();
  await page.setViewportSize({ width: 1280, height: 800 });
  await signIn(page, product.link);
  const scene = new Scene(page, product, await foundParams(page));
  await scene.addWebhook(receiver.address);
  await scene.addRules();
  await scene.invite(browser);
  await scene.makeKey();
  await scene.leaveToPeople(ENOUGH_CASES);
  await scene.open('/');
  const deleted = page.locator('[data-state=enforced]');
  await deleted.nth(ENOUGH_DELETED - 1).waitFor({ timeout: WAIT_MS });

  for (const file of await readdir(FOLDER)) await rm(resolve(FOLDER, file));
  for (const route of routes()) {
    const name = nameOf(route);
    await scene.open(route);
    await settled(page);
    if (name === 'feed') await ofTheFeed(page);
    else {
      await PREPARED[name]?.(page);
      await page.evaluate(() => scrollTo(0, 0));
      await pictures(page, name);
    }
    console.log(name);
  }
  await walkToFirstGroup(browser, async (shown, name, selector) => {
    await pictures(shown, name, LOOKS.slice(0, 1), selector);
    console.log(name);
  });
} finally {
  await browser.close();
  await product.stop();
  receiver.stop();
}

const sizes = await Promise.all(
  (await readdir(FOLDER)).map(async (file) => (await stat(resolve(FOLDER, file))).size)
);
const total = sizes.reduce((sum, size) => sum + size, 0);
console.log(`${sizes.length} pictures, ${(total / 1e6).toFixed(2)} MB`);
if (total > MOST_BYTES) {
  console.error(`More than ${MOST_BYTES / 1e6} MB: let the docs load fast.`);
  process.exitCode = 1;
}
