/**
 * The way from a token to the first caught spam, walked as docs/guides/first-group.md says, with the simulator in Telegram's place: pictures of the dashboard, and of
 * what the bot said, drawn from the very messages it sent.
 */
import type { Browser, Page } from '@playwright/test';
import { settled, signIn } from '../e2e/pages.ts';
import { startProduct } from '../e2e/product.ts';
import { BOT_ID, type Simulator, TOKEN, startSimulator } from '../e2e/simulator.ts';
import { type Message, drawn } from './bubble.ts';

const WAIT_MS = 60_000;
const LOOK_MS = 100;
const SPAM =
  'REMOTE JOB 18+, from 300$ a day, no experience needed! Write me in PM now or join https://t.me/+AbCdEfGh12345678';

interface Kept {
  message_id: number;
  by_bot: number | null;
  deleted_at: number | null;
  message: Message;
}

/** Takes a picture of what the page shows, or of a part of it. */
type Take = (page: Page, name: string, selector?: string) => Promise<void>;

class Telegram {
  private readonly simulator: Simulator;
  readonly group: number;
  readonly owner: number;

  private constructor(simulator: Simulator, group: number, owner: number) {
    this.simulator = simulator;
    this.group = group;
    this.owner = owner;
  }

  static async with(simulator: Simulator): Promise<Telegram> {
    const made = async (path: string, body: unknown) =>
      ((await simulator.control(path, body)) as { ids: number[] }).ids[0] ?? 0;
    const owner = await made('people', { people: [{ first_name: 'Olga', language_code: 'en' }] });
    const group = await made('chats', { title: 'Balcony gardeners', owner });
    return new Telegram(simulator, group, owner);
  }

  /** By the link that asks for the rights at once. */
  async letBotIn(): Promise<void> {
    const { group: chat_id } = this;
    await this.simulator.control('promote', { chat_id, person_id: BOT_ID, rights: {} });
  }

  async newcomerSays(first_name: string, text: string): Promise<void> {
    const answer = await this.simulator.control('people', { people: [{ first_name }] });
    const { ids } = answer as { ids: number[] };
    await this.simulator.control('join', { chat_id: this.group, person_ids: ids });
    await this.write(this.group, ids[0] ?? 0, text);
  }

  async write(chat_id: number, from_id: number, text: string): Promise<void> {
    await this.simulator.control('messages', { chat_id, message: { from_id, text } });
  }

  /** The owner presses the button whose words hold these, or follows where it leads. */
  async press(chat_id: number, { message_id, message }: Kept, words: string): Promise<void> {
    const buttons = message.reply_markup?.inline_keyboard.flat() ?? [];
    const button = buttons.find(({ text }) => text.includes(words));
    if (button?.callback_data) {
      const pressed = { chat_id, message_id, from_id: this.owner, data: button.callback_data };
      await this.simulator.control('presses', pressed);
    } else if (button?.url) {
      const start = new URL(button.url).searchParams.get('start') ?? '';
      await this.write(this.owner, this.owner, `/start ${start}`);
    } else throw new Error(`No button “${words}”.`);
  }

  /** What the bot said last in a chat, once its words hold these. */
  async heard(chat_id: number, words: string): Promise<Kept> {
    const address = `${this.simulator.address}/control/messages?chat_id=${chat_id}`;
    for (let waited = 0; waited < WAIT_MS; waited += LOOK_MS) {
      const answer = await fetch(address);
      const kept = answer.ok ? ((await answer.json()) as Kept[]) : [];
      const found = kept.findLast(
        ({ by_bot, deleted_at, message }) =>
          by_bot !== null && deleted_at === null && message.text?.includes(words)
      );
      if (found) return found;
      await new Promise((later) => setTimeout(later, LOOK_MS));
    }
    throw new Error(`The bot never said “${words}”.`);
  }
}

export async function walkToFirstGroup(browser: Browser, take: Take): Promise<void> {
  const simulator = await startSimulator();
  const telegram = await Telegram.with(simulator);
  const product = await startProduct({
    CHATWARDEN_BOT_TOKEN: TOKEN,
    CHATWARDEN_TELEGRAM_API: simulator.address
  });
  const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'Europe/Berlin' });
  try {
    const [page, paper] = [await context.newPage(), await context.newPage()];
    const draw = async (name: string, { message }: Kept) => {
      await paper.setContent(drawn('Warden', message));
      await take(paper, name, 'article');
    };
    await signIn(page, product.link);
    await page.goto(new URL('/overview', product.link).href);
    await page.getByRole('link', { name: /^Add @/ }).waitFor();
    await take(page, 'first-overview', 'main section');

    await telegram.letBotIn();
    const welcome = await telegram.heard(telegram.group, 'Tell me in private');
    await draw('first-welcome', welcome);
    await telegram.press(telegram.group, welcome, 'Tell me in private');
    await telegram.heard(telegram.owner, 'Balcony gardeners');
    await telegram.press(telegram.group, welcome, 'Guard now');
    await page
      .getByRole('heading', { name: 'Guard your first group' })
      .waitFor({ state: 'hidden' });

    await telegram.newcomerSays('Rex', SPAM);
    const card = await telegram.heard(telegram.owner, 'Deleted');
    await draw('first-card', card);
    await page.goto(new URL('/', product.link).href);
    await page.locator('[data-row]').first().click();
    await settled(page);
    await page.getByRole('button', { name: 'Not spam' }).waitFor();
    await take(page, 'first-caught');

    await telegram.press(telegram.owner, card, 'Undo');
    await draw('first-undone', await telegram.heard(telegram.owner, 'Undone'));
  } finally {
    await context.close();
    await product.stop();
    await simulator.stop();
  }
}
