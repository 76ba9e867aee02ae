/** What every page of the console knows: who looks, at which groups, over which connection. */
import { createContext } from 'svelte';
import { api } from '#lib/api/client.ts';
import type { Group, Me } from '#lib/api/schema.d.ts';
import { answer } from '#lib/api/session.ts';
import { type Role, isAtLeast } from '#lib/people/roles.ts';
import { Feed } from './feed.svelte.ts';
import { Live } from './live.svelte.ts';

type GroupKey = Pick<Group, 'bot_id' | 'chat_id'>;

export class Console {
  me = $state.raw<Me | null>(null);
  groups = $state.raw<Group[]>([]);
  readonly feed = new Feed();
  readonly live = new Live();
  #changes = 0;

  /** Throws ApiFailure. */
  async load(): Promise<void> {
    const before = this.#changes;
    const [me, groups] = await Promise.all([
      answer(api.GET('/api/v1/me')),
      answer(api.GET('/api/v1/groups'))
    ]);
    this.me = me;
    // What was asked before a change may tell of the time before it.
    if (before === this.#changes) this.groups = groups.items;
  }

  /** The groups that are looked at: the chosen one, or all. */
  get shownGroups(): Group[] {
    const { chatId } = this.feed.filter;
    return this.groups.filter((group) => chatId === null || group.chat_id === chatId);
  }

  /** The caller's role in a group; null where it is not theirs. */
  roleIn(key: GroupKey): Role | null {
    return this.find(key)?.role ?? null;
  }

  /** A group that is theirs to see. */
  find({ bot_id, chat_id }: GroupKey): Group | undefined {
    return this.groups.find((one) => one.bot_id === bot_id && one.chat_id === chat_id);
  }

  /** Whether the caller has this role in some group at least. */
  isSomewhere(least: Role): boolean {
    return this.groups.some(({ role }) => isAtLeast(role, least));
  }

  /** Let a group be guarded, or only watched. Throws ApiFailure. */
  async setPosture({ bot_id, chat_id }: Group, posture: Group['posture']): Promise<void> {
    const changed = await answer(
      api.PATCH('/api/v1/groups/{bot_id}/{chat_id}', {
        params: { path: { bot_id, chat_id } },
        body: { posture }
      })
    );
    this.#changes++;
    this.groups = this.groups.map((group) =>
      group.bot_id === bot_id && group.chat_id === chat_id ? changed : group
    );
  }

  /** Today's figures, of one group or of all. */
  today(chatId: number | null): Group['today'] {
    const none = { judged: 0, flagged: 0, deleted: 0, punished: 0 };
    return this.groups
      .filter((group) => chatId === null || group.chat_id === chatId)
      .reduce(
        (sum, { today }) => ({
          judged: sum.judged + today.judged,
          flagged: sum.flagged + today.flagged,
          deleted: sum.deleted + today.deleted,
          punished: sum.punished + today.punished
        }),
        none
      );
  }
}

export const [getConsole, setConsole] = createContext<Console>();
