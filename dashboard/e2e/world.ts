/** A Telegram of the tests' own, by the simulator: one group that the product guards, and as many spammers as it takes. */
import { started } from './process.ts';

const BOT = 42;
const TOKEN = `${BOT}:A-GROUP-OF-THE-TESTS`;
const FIRST_SPAMMER = 7_000_000_000;
const WAIT_MS = 30_000;
const LOOK_MS = 100;

interface Said {
  message_id: number;
  by_bot: number | null;
  message: {
    text?: string;
    reply_markup?: { inline_keyboard: { text: string; callback_data?: string }[][] };
  };
}

interface ChatState {
  chat_id: number;
  members: { person_id: number; status: string }[];
}

export interface World {
  /** For the product that is to guard the group. */
  settings: Record<string, string>;
  /** Posts so many messages of spam, each of somebody else and unlike the others. The first of all holds `spam number 1:`. */
  spam: (count: number) => Promise<void>;
  /** Somebody writes, whom nobody knows yet; their id. */
  say: (name: string, text: string) => Promise<number>;
  /** Somebody writes to the bot in private. */
  tell: (person: number, text: string) => Promise<void>;
  /** They press the newest button there whose words hold these, once there is one. */
  press: (person: number, words: string) => Promise<void>;
  /** All that the bot said to them in private. */
  told: (person: number) => Promise<string[]>;
  /** What Telegram calls them in the group: "member", "restricted", "kicked", "left". */
  statusOf: (person: number) => Promise<string | undefined>;
  /** How many of the messages of spam the bot has deleted. */
  deleted: () => Promise<number>;
  stop: () => Promise<void>;
}

/** A group of that title; in it so many who will send spam when they are told to. */
export async function makeWorld(title: string, spammers: number): Promise<World> {
  const simulator = await started(
    `.venv/bin/chatwarden simulator --port 0 --token ${TOKEN}`,
    /Simulated Bot API at (http\S+)/
  );
  const control = async <T>(path: string, body?: object): Promise<T> => {
    const asked = body ? { method: 'POST', body: JSON.stringify(body) } : {};
    const response = await fetch(`${simulator.said}/control/${path}`, asked);
    if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
    return (await response.json()) as T;
  };
  const add = async (people: object[]) =>
    (await control<{ ids: number[] }>('people', { people })).ids;

  const [owner] = await add([{ first_name: 'Noa' }]);
  const { ids } = await control<{ ids: number[] }>('chats', { title, owner });
  const chat_id = ids[0] ?? 0;
  const crowd = Array.from({ length: spammers }, (_, number) => FIRST_SPAMMER + number);
  await add(crowd.map((id, number) => ({ id, first_name: `Kim ${number + 1}` })));
  // Before the bot is there: a crowd that joins under its eyes is a raid.
  await control('join', { chat_id, person_ids: crowd, announced: false });
  await control('join', { chat_id, person_ids: [BOT], announced: false });
  await control('promote', { chat_id, person_id: BOT, rights: {} });

  const said = async (person: number) =>
    (await control<Said[]>(`messages?chat_id=${person}`)).filter(({ by_bot }) => by_bot === BOT);

  const posted = new Set<number>();
  let sent = 0;
  const next = () => {
    const number = ++sent;
    const code = number.toString(36).padStart(16, 'abcdefghijklmnop');
    return {
      from_id: FIRST_SPAMMER + number - 1,
      text: `Remote job for ${50 + (number % 250)}$ a day, no experience, spam number ${number}: https://t.me/+${code}`
    };
  };
  return {
    settings: {
      CHATWARDEN_BOT_TOKEN: TOKEN,
      CHATWARDEN_TELEGRAM_API: simulator.said,
      CHATWARDEN_NEW_GROUP_MODE: 'guard',
      CHATWARDEN_PROFILES: 'false'
    },
    spam: async (count) => {
      const messages = Array.from({ length: count }, next);
      const { ids } = await control<{ ids: number[] }>('messages/bulk', { chat_id, messages });
      for (const id of ids) posted.add(id);
    },
    say: async (name, text) => {
      const [id] = await add([{ first_name: name }]);
      await control('join', { chat_id, person_ids: [id] });
      await control('messages', { chat_id, message: { from_id: id, text } });
      return id ?? 0;
    },
    tell: async (person, text) => {
      await control('messages', { chat_id: person, message: { from_id: person, text } });
    },
    press: async (person, words) => {
      const until = Date.now() + WAIT_MS;
      for (;;) {
        for (const { message_id, message } of (await said(person)).toReversed()) {
          const buttons = message.reply_markup?.inline_keyboard.flat() ?? [];
          const data = buttons.find(({ text }) => text.includes(words))?.callback_data;
          if (data === undefined) continue;
          await control('presses', { chat_id: person, message_id, from_id: person, data });
          return;
        }
        if (Date.now() > until) throw new Error(`No button ${words}.`);
        await new Promise((later) => setTimeout(later, LOOK_MS));
      }
    },
    told: async (person) => (await said(person)).map(({ message }) => message.text ?? ''),
    statusOf: async (person) => {
      const { chats } = await control<{ chats: ChatState[] }>('state');
      const group = chats.find((chat) => chat.chat_id === chat_id);
      return group?.members.find(({ person_id }) => person_id === person)?.status;
    },
    deleted: async () => {
      const { deletions } = await control<{ deletions: { message_id: number }[] }>(
        `ledger?chat_id=${chat_id}`
      );
      return deletions.filter(({ message_id }) => posted.has(message_id)).length;
    },
    stop: simulator.stop
  };
}
