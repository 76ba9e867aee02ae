/** The review queue while somebody works through it. What is decided stays where it is until the queue is fetched anew: nothing jumps. */
import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import { api } from '#lib/api/client.ts';
import type { Case } from '#lib/api/schema.d.ts';
import { answer } from '#lib/api/session.ts';
import { isAppealed } from '#lib/appeals/words.ts';
import type { FeedbackLabel } from '#lib/feed/words.ts';
import { Listing, failureOf } from './resource.svelte.ts';

const PAGE = 50;
const MOST_AT_ONCE = 100;

export class Queue {
  /** The case that keys act on: its place among the items. */
  index = $state(0);
  /** What was said here, by trace id. */
  readonly decided = new SvelteMap<string, FeedbackLabel>();
  /** Picked for a batch. */
  readonly picked = new SvelteSet<string>();
  readonly refusals = new SvelteMap<string, string>();
  readonly cases: Listing<Case>;
  /** What was decided, the last one last: for taking it back. An appeal's answer is told at once, and stays. */
  #done: string[] = [];
  /** What is taken back must have been said before. */
  #saying: Promise<void> = Promise.resolve();

  constructor(chatId: () => number | null, onlyAppealed: () => boolean) {
    this.cases = new Listing((cursor) => {
      const chat = chatId();
      const query = {
        state: 'open' as const,
        limit: PAGE,
        ...(onlyAppealed() ? { appealed: true } : {}),
        ...(cursor === null ? {} : { cursor }),
        ...(chat === null ? {} : { chat_id: chat })
      };
      return answer(api.GET('/api/v1/cases', { params: { query } }));
    });
  }

  async load(): Promise<void> {
    await this.cases.load();
    this.index = 0;
    this.decided.clear();
    this.picked.clear();
    this.refusals.clear();
    this.#done = [];
  }

  get current(): Case | undefined {
    return this.cases.items[this.index];
  }

  /** How many nobody decided yet, of those that are here. */
  get left(): number {
    return this.cases.items.filter(({ outcome }) => !this.decided.has(outcome.trace_id)).length;
  }

  go(index: number): void {
    this.index = Math.min(Math.max(index, 0), Math.max(0, this.cases.items.length - 1));
    if (this.index >= this.cases.items.length - 3) void this.cases.loadMore();
  }

  /** The next that nobody decided, after the current one or, at the end, from the start; the current where none is left. */
  goOn(): void {
    const { items } = this.cases;
    const order = [...items.keys()];
    const later = [...order.slice(this.index + 1), ...order.slice(0, this.index + 1)];
    const next = later.find((place) => {
      const id = items[place]?.outcome.trace_id;
      return id !== undefined && !this.decided.has(id);
    });
    if (next !== undefined) this.go(next);
  }

  pick(traceId: string): void {
    if (!this.picked.delete(traceId) && this.picked.size < MOST_AT_ONCE) this.picked.add(traceId);
  }

  pickAll(): void {
    const open = this.cases.items.filter(({ outcome }) => !this.decided.has(outcome.trace_id));
    const all = open.slice(0, MOST_AT_ONCE).map(({ outcome }) => outcome.trace_id);
    const hasAll = all.length > 0 && all.every((id) => this.picked.has(id));
    this.picked.clear();
    if (!hasAll) for (const id of all) this.picked.add(id);
  }

  /** Say what these are. It shows at once; what is refused is put back and says why. */
  decide(traceIds: string[], label: FeedbackLabel): Promise<void> {
    if (traceIds.length > 0) this.#saying = this.#decide(traceIds, label);
    return this.#saying;
  }

  async #decide(traceIds: string[], label: FeedbackLabel): Promise<void> {
    const before = Object.fromEntries(traceIds.map((id) => [id, this.decided.get(id)]));
    for (const id of traceIds) {
      this.decided.set(id, label);
      this.refusals.delete(id);
      this.picked.delete(id);
    }
    this.#done.push(...traceIds.filter((id) => this.#mayBeTakenBack(id)));
    const putBack = (id: string, why: string) => {
      this.#done = this.#done.filter((one) => one !== id);
      const former = before[id];
      if (former === undefined) this.decided.delete(id);
      else this.decided.set(id, former);
      this.refusals.set(id, why);
    };
    try {
      const { items } = await answer(
        api.POST('/api/v1/cases/decide', { body: { trace_ids: traceIds, label } })
      );
      for (const { trace_id, problem } of items) {
        if (problem) putBack(trace_id, problem.title);
      }
    } catch (error) {
      for (const id of traceIds) putBack(id, failureOf(error).problem.title);
    }
  }

  #mayBeTakenBack(traceId: string): boolean {
    const one = this.cases.items.find(({ outcome }) => outcome.trace_id === traceId);
    return one === undefined || !isAppealed(one);
  }

  /** Take back what was said of one; of the last one that was decided where none is named. */
  async takeBack(traceId = this.#done.at(-1)): Promise<void> {
    const label = traceId === undefined ? undefined : this.decided.get(traceId);
    if (traceId === undefined || label === undefined || !this.#mayBeTakenBack(traceId)) return;
    this.decided.delete(traceId);
    this.refusals.delete(traceId);
    this.#done = this.#done.filter((id) => id !== traceId);
    const place = this.cases.items.findIndex(({ outcome }) => outcome.trace_id === traceId);
    if (place >= 0) this.index = place;
    const params = { path: { trace_id: traceId } };
    try {
      await this.#saying;
      const after = await answer(api.DELETE('/api/v1/outcomes/{trace_id}/feedback', { params }));
      if (label === 'spam' && after.undo.possible) {
        await answer(api.POST('/api/v1/outcomes/{trace_id}/undo', { params }));
      }
    } catch (error) {
      this.decided.set(traceId, label);
      this.refusals.set(traceId, failureOf(error).problem.title);
    }
  }
}
