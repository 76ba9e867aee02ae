/** What a draft of a policy would ask whoever joins. Asked for when the draft rests; a later question overtakes an earlier one. */
import { api } from '#lib/api/client.ts';
import type { NewcomerQuestion, Policy } from '#lib/api/schema.d.ts';
import { answer } from '#lib/api/session.ts';
import { failureOf } from './resource.svelte.ts';

/** Milliseconds without a change after which a draft is looked at. */
const RESTS_MS = 400;

export class GatePreview {
  phase = $state<'idle' | 'asking' | 'ready'>('idle');
  /** Stays while the next one is asked for. */
  data = $state.raw<NewcomerQuestion | null>(null);
  /** Why there is none. */
  trouble = $state('');
  #asked = '';
  #turn = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly group: { bot_id: number; chat_id: number }) {}

  /** Only what the gate is made of is looked at. */
  follow(draft: Policy): void {
    const asked = JSON.stringify(draft.gate);
    if (asked === this.#asked) return;
    const isFirst = this.#asked === '';
    this.#asked = asked;
    clearTimeout(this.#timer);
    const turn = ++this.#turn;
    this.phase = 'asking';
    this.#timer = setTimeout(() => void this.#ask(draft, turn), isFirst ? 0 : RESTS_MS);
  }

  async #ask(draft: Policy, turn: number): Promise<void> {
    let [data, trouble]: [NewcomerQuestion | null, string] = [null, ''];
    try {
      data = await answer(
        api.POST('/api/v1/groups/{bot_id}/{chat_id}/gate/preview', {
          params: { path: this.group },
          body: { policy: { gate: draft.gate } }
        })
      );
    } catch (error) {
      const { title, errors } = failureOf(error).problem;
      trouble = errors?.[0]?.text ?? title;
    }
    if (turn !== this.#turn) return;
    this.data = data;
    this.trouble = trouble;
    this.phase = 'ready';
  }
}
