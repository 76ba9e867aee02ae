/** A group's policy, rules and allow list as a file: saved, compared, taken in. */
import { api } from '#lib/api/client.ts';
import type { TransferFile, TransferPlan } from '#lib/api/schema.d.ts';
import { ApiFailure, UNREACHABLE, answer } from '#lib/api/session.ts';

interface GroupKey {
  bot_id: number;
  chat_id: number;
}
const ADDRESS = '/api/v1/groups/{bot_id}/{chat_id}/transfer';
export const LARGEST_FILE = 512 * 1024;

export class Transfer {
  busy = $state(false);
  /** What a chosen file would change; null where none is chosen. */
  plan = $state.raw<TransferPlan | null>(null);
  refusal = $state.raw<ApiFailure | null>(null);
  #file: TransferFile | null = null;
  #tag = '';

  readonly changesSomething = $derived(
    this.plan !== null && this.plan.changes.length + this.plan.newly_allowed.length > 0
  );

  constructor(readonly group: GroupKey) {}

  /** The file of the group, null where it could not be had: `refusal` says why. */
  async written(form: 'yaml' | 'csv'): Promise<string | null> {
    let text: string | null = null;
    await this.#ask(async () => {
      const params = { path: this.group, query: { form } };
      text = (await answer(api.GET(ADDRESS, { params, parseAs: 'text' }))) as string;
    });
    return text;
  }

  async preview(name: string, content: string): Promise<void> {
    this.drop();
    const file = { name, content };
    await this.#ask(async () => {
      const asked = await api.POST(`${ADDRESS}/preview`, {
        params: { path: this.group },
        body: file
      });
      this.plan = await answer(Promise.resolve(asked));
      this.#tag = asked.response.headers.get('etag') ?? '';
      this.#file = file;
    });
  }

  /** Whether it was taken in. */
  async takeIn(): Promise<boolean> {
    const file = this.#file;
    if (file === null) return false;
    return this.#ask(async () => {
      const params = { path: this.group, header: { 'if-match': this.#tag } };
      await answer(api.POST(ADDRESS, { params, body: file }));
      this.drop();
    });
  }

  drop(): void {
    this.plan = null;
    this.refusal = null;
    this.#file = null;
  }

  async #ask(what: () => Promise<void>): Promise<boolean> {
    this.busy = true;
    try {
      await what();
      return true;
    } catch (error) {
      this.refusal = error instanceof ApiFailure ? error : UNREACHABLE;
      return false;
    } finally {
      this.busy = false;
    }
  }
}
