/** What a draft of a policy would have decided otherwise. Asked for when the draft rests; a later question overtakes an earlier one. */
import { api } from '#lib/api/client.ts';
import type { Outcome, Policy, PolicyPreview } from '#lib/api/schema.d.ts';
import { answer } from '#lib/api/session.ts';
import { failureOf } from './resource.svelte.ts';

/** Milliseconds without a change after which a draft is looked at. */
const RESTS_MS = 400;

export class DraftPreview {
  phase = $state<'idle' | 'asking' | 'ready' | 'failed'>('idle');
  /** Stays while the next one is asked for. */
  data = $state.raw<PolicyPreview | null>(null);
  /** Why there is none; '' where the form says so already. */
  trouble = $state('');
  #turn = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly group: { bot_id: number; chat_id: number }) {}

  /** Null: there is nothing to compare. */
  follow(draft: Policy | null): void {
    clearTimeout(this.#timer);
    this.#turn += 1;
    if (draft === null) {
      this.phase = 'idle';
      this.data = null;
      return;
    }
    this.phase = 'asking';
    this.#timer = setTimeout(() => void this.#ask(draft, this.#turn), RESTS_MS);
  }

  /** The outcomes behind some trace ids; those that are gone by now are left out. */
  async examples(traceIds: string[]): Promise<Outcome[]> {
    const asked = traceIds.map((trace_id) =>
      answer(api.GET('/api/v1/outcomes/{trace_id}', { params: { path: { trace_id } } }))
    );
    const found = await Promise.allSettled(asked);
    return found.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  }

  async #ask(draft: Policy, turn: number): Promise<void> {
    try {
      const data = await answer(
        api.POST('/api/v1/groups/{bot_id}/{chat_id}/policy/preview', {
          params: { path: this.group },
          body: { policy: draft as unknown as Record<string, unknown> }
        })
      );
      if (turn !== this.#turn) return;
      this.data = data;
      this.phase = 'ready';
    } catch (error) {
      if (turn !== this.#turn) return;
      const { code, title } = failureOf(error).problem;
      this.data = null;
      this.trouble = code === 'policy_invalid' ? 'The draft has an error: saving shows it.' : title;
      this.phase = 'failed';
    }
  }
}
