/** A group's policy while somebody edits it: what counts, the draft over it, its history. */
import { api } from '#lib/api/client.ts';
import type { GroupPolicy, Policy, PolicyForm, PolicyVersion, Signal } from '#lib/api/schema.d.ts';
import { ApiFailure, UNREACHABLE, answer } from '#lib/api/session.ts';
import { changedFields } from '#lib/policy/changes.ts';

interface GroupKey {
  bot_id: number;
  chat_id: number;
}
const ADDRESS = '/api/v1/groups/{bot_id}/{chat_id}/policy';

export class PolicyEditor {
  phase = $state<'loading' | 'failed' | 'ready'>('loading');
  failure = $state.raw<ApiFailure | null>(null);
  form = $state.raw<PolicyForm | null>(null);
  signals = $state.raw<Signal[]>([]);
  /** What counts. */
  saved = $state.raw<GroupPolicy | null>(null);
  draft = $state<Policy | null>(null);
  versions = $state.raw<PolicyVersion[]>([]);
  nextCursor = $state.raw<string | null>(null);
  saving = $state(false);
  /** What came of the last change, or why it was refused. */
  news = $state('');
  refusal = $state.raw<ApiFailure | null>(null);

  readonly changed = $derived(
    this.saved && this.draft ? changedFields(this.saved.policy, this.draft) : []
  );

  constructor(readonly group: GroupKey) {}

  async load(): Promise<void> {
    this.phase = 'loading';
    try {
      const [form, signals, saved, page] = await Promise.all([
        answer(api.GET('/api/v1/policy-form')),
        answer(api.GET('/api/v1/signals')),
        answer(api.GET(ADDRESS, { params: { path: this.group } })),
        answer(api.GET(`${ADDRESS}/versions`, { params: { path: this.group } }))
      ]);
      this.form = form;
      this.signals = signals.items;
      this.#take(saved);
      this.versions = page.items;
      this.nextCursor = page.next_cursor;
      this.failure = null;
      this.phase = 'ready';
    } catch (error) {
      this.failure = failureOf(error);
      this.phase = 'failed';
    }
  }

  /** What is wrong with a field, by the engine's word. */
  errorOf(path: string): string {
    return this.refusal?.problem.errors?.find(({ field }) => field === path)?.text ?? '';
  }

  discard(): void {
    if (this.saved) this.draft = structuredClone(this.saved.policy);
    this.refusal = null;
  }

  async save(reason: string): Promise<boolean> {
    const policy = $state.snapshot(this.draft);
    return this.#change(
      () =>
        answer(
          api.PUT(ADDRESS, {
            params: { path: this.group, header: { 'if-match': this.#tag } },
            body: { policy: policy as Record<string, unknown>, reason }
          })
        ),
      'Saved. It counts from the next message on.'
    );
  }

  async returnTo(version: number): Promise<boolean> {
    return this.#change(
      () =>
        answer(
          api.POST(`${ADDRESS}/versions/{version}/return`, {
            params: { path: { ...this.group, version }, header: { 'if-match': this.#tag } }
          })
        ),
      `Version ${version} counts again.`
    );
  }

  /** After it was changed by other means: what counts now. */
  async refresh(news: string): Promise<void> {
    try {
      this.#take(await answer(api.GET(ADDRESS, { params: { path: this.group } })));
      await this.#loadNewest();
      this.refusal = null;
      this.news = news;
    } catch (error) {
      this.refusal = failureOf(error);
    }
  }

  /** After somebody else changed it: theirs, with the fields of the draft that were changed here over it. */
  async rebase(): Promise<void> {
    const { saved, draft } = this;
    if (!saved || !draft) return;
    const mine = $state.snapshot(draft) as Policy;
    const touched = changedFields(saved.policy, mine);
    try {
      const theirs = await answer(api.GET(ADDRESS, { params: { path: this.group } }));
      this.#take(theirs);
      this.draft = overlaid(theirs.policy, mine, touched);
      this.refusal = null;
      await this.#loadNewest();
    } catch (error) {
      this.refusal = failureOf(error);
    }
  }

  async loadOlder(): Promise<void> {
    if (this.nextCursor === null) return;
    try {
      const page = await answer(
        api.GET(`${ADDRESS}/versions`, {
          params: { path: this.group, query: { cursor: Number(this.nextCursor) } }
        })
      );
      this.versions = [...this.versions, ...page.items];
      this.nextCursor = page.next_cursor;
    } catch (error) {
      this.refusal = failureOf(error);
    }
  }

  get #tag(): string {
    return `"${this.saved?.version ?? 0}"`;
  }

  #take(saved: GroupPolicy): void {
    this.saved = saved;
    this.draft = structuredClone(saved.policy);
  }

  async #change(ask: () => Promise<GroupPolicy>, done: string): Promise<boolean> {
    this.saving = true;
    this.news = '';
    this.refusal = null;
    try {
      this.#take(await ask());
      this.news = done;
      await this.#loadNewest();
      return true;
    } catch (error) {
      this.refusal = failureOf(error);
      return false;
    } finally {
      this.saving = false;
    }
  }

  async #loadNewest(): Promise<void> {
    const page = await answer(api.GET(`${ADDRESS}/versions`, { params: { path: this.group } }));
    this.versions = page.items;
    this.nextCursor = page.next_cursor;
  }
}

/** A policy with some fields of another. Exported for tests. */
export function overlaid(base: Policy, mine: Policy, touched: string[]): Policy {
  const result = structuredClone(base) as unknown as Record<string, unknown>;
  const from = mine as unknown as Record<string, unknown>;
  for (const path of touched) {
    const [head = '', name = ''] = path.split('.');
    if (head === 'rules') {
      const id = path.slice('rules.'.length);
      const rule = mine.rules.find((one) => one.id === id);
      const rules = (result.rules as Policy['rules']).filter((one) => one.id !== id);
      result.rules = rule ? [...rules, rule] : rules;
    } else if (name === '') result[head] = from[head];
    else {
      const source = from[head] as Record<string, unknown>;
      const rest = Object.entries(result[head] as object).filter(([key]) => key !== name);
      const own = source[name] === undefined ? [] : [[name, source[name]]];
      result[head] = Object.fromEntries([...rest, ...own]) as unknown;
    }
  }
  return result as unknown as Policy;
}

function failureOf(error: unknown): ApiFailure {
  return error instanceof ApiFailure ? error : UNREACHABLE;
}
