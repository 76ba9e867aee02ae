/** Something fetched for a page: loading, failed, or there. A later call overtakes an earlier one. */
import { ApiFailure, UNREACHABLE } from '#lib/api/session.ts';

export class Resource<T> {
  phase = $state<'loading' | 'failed' | 'ready'>('loading');
  data = $state.raw<T | null>(null);
  failure = $state.raw<ApiFailure | null>(null);
  #turn = 0;

  constructor(private readonly ask: () => Promise<T>) {}

  /** What is shown stays until the answer is there. */
  async load(): Promise<void> {
    const turn = ++this.#turn;
    if (this.data === null) this.phase = 'loading';
    try {
      const data = await this.ask();
      if (turn !== this.#turn) return;
      this.data = data;
      this.failure = null;
      this.phase = 'ready';
    } catch (error) {
      if (turn !== this.#turn) return;
      this.failure = failureOf(error);
      this.phase = 'failed';
    }
  }
}

interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

/** A list that comes in pages. */
export class Listing<T> {
  phase = $state<'loading' | 'failed' | 'ready'>('loading');
  items = $state.raw<T[]>([]);
  failure = $state.raw<ApiFailure | null>(null);
  loadingMore = $state(false);
  #cursor = $state.raw<string | null>(null);
  #turn = 0;

  constructor(private readonly ask: (cursor: string | null) => Promise<Page<T>>) {}

  get hasMore(): boolean {
    return this.#cursor !== null;
  }

  /** The first page afresh. */
  async load(): Promise<void> {
    this.phase = 'loading';
    await this.refresh();
  }

  /** The same, while what is shown stays until the answer is there. */
  async refresh(): Promise<void> {
    const turn = ++this.#turn;
    try {
      const page = await this.ask(null);
      if (turn !== this.#turn) return;
      this.items = page.items;
      this.#cursor = page.next_cursor;
      this.failure = null;
      this.phase = 'ready';
    } catch (error) {
      if (turn !== this.#turn) return;
      this.failure = failureOf(error);
      this.phase = 'failed';
    }
  }

  async loadMore(): Promise<void> {
    if (this.#cursor === null || this.loadingMore) return;
    const turn = this.#turn;
    this.loadingMore = true;
    try {
      const page = await this.ask(this.#cursor);
      if (turn !== this.#turn) return;
      this.items = [...this.items, ...page.items];
      this.#cursor = page.next_cursor;
      this.failure = null;
    } catch (error) {
      if (turn === this.#turn) this.failure = failureOf(error);
    } finally {
      this.loadingMore = false;
    }
  }
}

export function failureOf(error: unknown): ApiFailure {
  return error instanceof ApiFailure ? error : UNREACHABLE;
}
