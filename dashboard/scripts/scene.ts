/** Makes the demo group worth a picture, by the dashboard itself: rules, a webhook that hears something, a team, a key, cases. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from '@playwright/test';
import { type Params, addressOf } from '../e2e/pages.ts';
import type { Product } from '../e2e/product.ts';

const GROUP = '/groups/[bot_id]/[chat_id]';
const WAIT_MS = 240_000;
const RULES = [
  { pattern: 'casin*', kind: 'Wildcard', name: 'casino', verdict: 'delete, and mute' },
  { pattern: 'seed phrase', kind: 'Words', name: 'seed-phrase', verdict: 'delete' },
  {
    pattern: '(dm|write|text) me .{0,20}\\d+ ?\\$',
    kind: 'Regular expression',
    name: 'dm-offers',
    verdict: 'review'
  }
];
/** From which score on: what the demo's spammers send is left for people to decide. */
const UNCERTAIN = { review: '20', delete: '99.6', challenge: '99.7', mute: '99.8', ban: '99.9' };

/** A receiver of webhooks on this machine: whatever comes has arrived. */
export async function startReceiver() {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(204).end());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { address: `http://127.0.0.1:${port}/chatwarden`, stop: () => server.close() };
}

export class Scene {
  private readonly page: Page;
  private readonly product: Product;
  private readonly params: Params;

  constructor(page: Page, product: Product, params: Params) {
    this.page = page;
    this.product = product;
    this.params = params;
  }

  async open(route: string): Promise<void> {
    await this.page.goto(new URL(addressOf(route, this.params), this.product.link).href);
  }

  async addRules(): Promise<void> {
    await this.open(`${GROUP}/rules`);
    const form = this.page.getByRole('form');
    for (const { pattern, kind, name, verdict } of RULES) {
      await this.page.getByRole('button', { name: 'Add a rule' }).click();
      await form.getByLabel('Read as').selectOption({ label: kind });
      await form.getByLabel('Pattern').fill(pattern);
      await form.getByRole('textbox', { name: 'Name', exact: true }).fill(name);
      await form.getByLabel('Verdict').selectOption({ label: verdict });
      await form.getByRole('button', { name: 'Save' }).click();
      await form.waitFor({ state: 'hidden' });
    }
  }

  async addWebhook(address: string): Promise<void> {
    await this.open(`${GROUP}/webhooks`);
    await this.page.getByRole('textbox', { name: 'Address' }).fill(address);
    await this.page.getByRole('button', { name: 'Add', exact: true }).click();
    await this.page.getByRole('button', { name: 'Done' }).click();
  }

  /** One who has taken an invitation up, and one who has not. */
  async invite(browser: Browser): Promise<void> {
    await this.open(`${GROUP}/team`);
    for (const isTakenUp of [true, false]) {
      await this.page.getByRole('button', { name: 'Make a link' }).click();
      const link = await this.page.getByRole('textbox', { name: 'Invitation link' }).inputValue();
      await this.page.getByRole('button', { name: 'Done' }).click();
      if (!isTakenUp) continue;
      const guest = await browser.newPage();
      await guest.goto(link);
      await guest.getByText('your invitation is taken up').waitFor();
      await guest.goto(await this.product.linkFor('user:7707'));
      await guest.getByText('You are a moderator of').waitFor();
      await guest.close();
    }
  }

  async makeKey(): Promise<void> {
    await this.open('/account');
    await this.page.getByLabel('What it is for').fill('Nightly report');
    await this.page.getByRole('button', { name: 'Make a key' }).click();
    await this.page.getByRole('button', { name: 'Done' }).click();
  }

  /** Until so many cases wait. Leaves the group as it was, and that in its history. */
  async leaveToPeople(cases: number): Promise<void> {
    await this.open(`${GROUP}/policy`);
    for (const [name, percent] of Object.entries(UNCERTAIN)) {
      await this.page.locator(`[id="thresholds.${name}"]`).fill(percent);
    }
    await this.page.getByLabel('Why, for the history').fill('We look at everything ourselves');
    await this.page.getByRole('button', { name: 'Save' }).click();
    await this.page.getByRole('status').filter({ hasText: 'Saved.' }).waitFor();
    await this.open('/review');
    const review = this.page.getByRole('link', { name: /^Review/ });
    const found = async () => Number(/\d+/.exec(await review.innerText())?.[0] ?? 0);
    for (let waited = 0; (await found()) < cases; waited += 2000) {
      if (waited > WAIT_MS) throw new Error(`Fewer than ${cases} cases came in time.`);
      await this.page.waitForTimeout(2000);
    }
    await this.open(`${GROUP}/policy`);
    const back = this.page.getByRole('button', { name: /^Go back to version/ });
    await back.first().click();
    await this.page.getByRole('button', { name: 'Yes, go back' }).click();
    await this.page.getByText('counts now').first().waitFor();
  }
}
