/** The live feed: what is shown, what waits to be shown, and how the two follow the server. */
import { api } from '#lib/api/client.ts';
import type { Outcome, StreamEvent } from '#lib/api/schema.d.ts';
import { ApiFailure, UNREACHABLE, answer } from '#lib/api/session.ts';
import { type Filter, matches, statesOf } from '#lib/feed/filters.ts';
import type { FeedbackLabel } from '#lib/feed/words.ts';

/** More than a window shows, and no more than a phone draws at once. */
const FIRST_PAGE = 25;
const PAGE = 100;
const MOST_ROWS = 1000;

export class Feed {
  phase = $state<'loading' | 'failed' | 'ready'>('loading');
  failure = $state.raw<ApiFailure | null>(null);
  filter = $state.raw<Filter>({ name: 'caught', chatId: null });
  paused = $state(false);
  loadingOlder = $state(false);
  /** Why an undo was refused, by trace id. */
  refusals = $state.raw<Record<string, string>>({});

  #rows = $state.raw<Outcome[]>([]);
  #waiting = $state.raw<Outcome[]>([]);
  /** Something newer than what is shown was let go or never told: what is shown next is fetched afresh. */
  #isOverfull = $state(false);
  #hasOlder = $state(false);
  #isHeld = false;
  #isOpen = false;
  #turn = 0;

  get rows(): Outcome[] {
    return this.#rows;
  }
  get waiting(): number {
    return this.#waiting.length;
  }
  /** Whether there is more that is newer than is counted. */
  get hasMoreWaiting(): boolean {
    return this.#isOverfull;
  }
  get hasOlder(): boolean {
    return this.#hasOlder;
  }

  /** It is looked at: from now on it follows the server. Nothing is fetched for pages that do not show it. */
  async open(): Promise<void> {
    if (!this.#isOpen) await this.load();
  }

  /** Fetch the newest afresh. A later call overtakes an earlier one. */
  async load(): Promise<void> {
    const turn = ++this.#turn;
    this.#isOpen = true;
    if (this.phase === 'failed') this.phase = 'loading';
    try {
      const page = await this.#page(null);
      if (turn !== this.#turn) return;
      this.#rows = page.items;
      this.#waiting = [];
      this.#isOverfull = false;
      this.#hasOlder = page.next_cursor !== null;
      this.phase = 'ready';
      this.failure = null;
    } catch (failure) {
      if (turn !== this.#turn) return;
      this.failure = asFailure(failure);
      this.phase = 'failed';
    }
  }

  /** What is older than the last row. No more rows are kept than MOST_ROWS: the newest go for it. */
  async loadOlder(): Promise<void> {
    const last = this.#rows.at(-1);
    if (!last || !this.#hasOlder || this.loadingOlder) return;
    const turn = this.#turn;
    this.loadingOlder = true;
    try {
      const page = await this.#page(last.cursor);
      if (turn !== this.#turn) return;
      const rows = [...this.#rows, ...page.items.filter((item) => !has(this.#rows, item))];
      if (rows.length > MOST_ROWS) this.#isOverfull = true;
      this.#rows = rows.slice(-MOST_ROWS);
      this.#hasOlder = page.next_cursor !== null;
    } catch (failure) {
      this.failure = asFailure(failure);
    } finally {
      this.loadingOlder = false;
    }
  }

  async narrow(filter: Partial<Filter>): Promise<void> {
    this.filter = { ...this.filter, ...filter };
    this.phase = 'loading';
    if (this.#isOpen) await this.load();
  }

  /** Take an event of the stream in. What is shown changes in its place; what is new waits while somebody reads. */
  take(event: StreamEvent): void {
    if (!this.#isOpen) return;
    if (event.type === 'reset') this.#isOverfull = true;
    if (event.type === 'reset' && !this.#isStill) void this.load();
    if (event.type !== 'outcome') return;
    const { outcome } = event;
    if (has(this.#rows, outcome)) this.#rows = replaced(this.#rows, outcome);
    else if (has(this.#waiting, outcome)) this.#waiting = replaced(this.#waiting, outcome);
    else if (!matches(outcome, this.filter) || this.#isOfAnOlderPage(outcome)) return;
    else if (!this.#isStill) this.#show([outcome]);
    else if (this.#waiting.length < MOST_ROWS) this.#waiting = inserted(this.#waiting, outcome);
    else this.#isOverfull = true;
  }

  /** Somebody reads, or no longer: the pointer or the focus is in the list, or it is scrolled. */
  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
    if (!isHeld && !this.paused) this.release();
  }

  pause(isPaused: boolean): void {
    this.paused = isPaused;
    if (!isPaused) this.release();
  }

  /** Show what has waited. */
  release(): void {
    if (this.#isOverfull) return void this.load();
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#show(waiting);
  }

  find(traceId: string | null): Outcome | undefined {
    return traceId === null
      ? undefined
      : this.#rows.find(({ trace_id }) => isOneEvent(trace_id, traceId));
  }

  /** Ask the server to take an outcome's actions back; the stream tells when it is done. */
  async undo(traceId: string): Promise<void> {
    const before = this.find(traceId);
    if (!before?.undo.possible) return;
    this.refusals = without(this.refusals, traceId);
    this.#rows = replaced(this.#rows, { ...before, state: 'undoing', undo: impossible(before) });
    try {
      const after = await answer(
        api.POST('/api/v1/outcomes/{trace_id}/undo', { params: { path: { trace_id: traceId } } })
      );
      // The stream may have been faster: "undone" is never put back to "undoing".
      if (this.find(traceId)?.state === 'undoing') this.#rows = replaced(this.#rows, after);
    } catch (failure) {
      this.#rows = replaced(this.#rows, before);
      this.refusals = { ...this.refusals, [traceId]: asFailure(failure).problem.title };
    }
  }

  /** Say what an outcome's message is; `null` takes back what was said. */
  async say(traceId: string, label: FeedbackLabel | null): Promise<void> {
    const before = this.find(traceId);
    if (!before || before.feedback === label) return;
    this.refusals = without(this.refusals, traceId);
    this.#rows = replaced(this.#rows, { ...before, feedback: label });
    const address = '/api/v1/outcomes/{trace_id}/feedback';
    const params = { path: { trace_id: traceId } };
    try {
      const after = await answer(
        label === null
          ? api.DELETE(address, { params })
          : api.POST(address, { params, body: { label } })
      );
      this.#rows = replaced(this.#rows, after);
    } catch (failure) {
      this.#rows = replaced(this.#rows, before);
      this.refusals = { ...this.refusals, [traceId]: asFailure(failure).problem.title };
    }
  }

  /** Say it, or take it back where it was said. */
  async toggle(traceId: string, label: FeedbackLabel): Promise<void> {
    await this.say(traceId, this.find(traceId)?.feedback === label ? null : label);
  }

  /** Whether nothing new may move what is shown. */
  get #isStill(): boolean {
    return this.paused || this.#isHeld;
  }

  /** Whether it comes with a page that is not there yet: here it would leave a gap above it. */
  #isOfAnOlderPage(outcome: Outcome): boolean {
    const last = this.#rows.at(-1);
    return this.#hasOlder && last !== undefined && isOlder(outcome, last);
  }

  #show(outcomes: Outcome[]): void {
    let rows = this.#rows;
    for (const outcome of outcomes.toReversed()) rows = inserted(rows, outcome);
    if (rows.length > MOST_ROWS) {
      rows = rows.slice(0, MOST_ROWS);
      this.#hasOlder = true;
    }
    this.#rows = rows;
  }

  #page(cursor: string | null) {
    const query = {
      limit: cursor === null ? FIRST_PAGE : PAGE,
      ...(cursor === null ? {} : { cursor }),
      ...(this.filter.chatId === null ? {} : { chat_id: this.filter.chatId }),
      state: statesOf(this.filter)
    };
    return answer(api.GET('/api/v1/outcomes', { params: { query } }));
  }
}

function has(rows: Outcome[], outcome: Outcome): boolean {
  return rows.some(({ trace_id }) => isOneEvent(trace_id, outcome.trace_id));
}

function replaced(rows: Outcome[], outcome: Outcome): Outcome[] {
  return rows.map((row) => (isOneEvent(row.trace_id, outcome.trace_id) ? outcome : row));
}

/** A trace id ends in its round: the outcome of a later round takes the place of the earlier one's. */
function isOneEvent(traceId: string, other: string): boolean {
  return withoutRound(traceId) === withoutRound(other);
}

function withoutRound(traceId: string): string {
  return traceId.slice(0, traceId.lastIndexOf('-'));
}

/** In the order of the API's pages: by Telegram's clock and then by update, the newest first. */
function inserted(rows: Outcome[], outcome: Outcome): Outcome[] {
  const index = rows.findIndex((row) => isOlder(row, outcome));
  return rows.toSpliced(index < 0 ? rows.length : index, 0, outcome);
}

function isOlder(row: Outcome, other: Outcome): boolean {
  return row.date === other.date ? updateOf(row) < updateOf(other) : row.date < other.date;
}

function updateOf({ trace_id }: Outcome): number {
  return Number(trace_id.split('-')[1]);
}

function impossible(outcome: Outcome): Outcome['undo'] {
  return { ...outcome.undo, possible: false };
}

function without(refusals: Record<string, string>, traceId: string): Record<string, string> {
  return Object.fromEntries(Object.entries(refusals).filter(([id]) => id !== traceId));
}

function asFailure(failure: unknown): ApiFailure {
  return failure instanceof ApiFailure ? failure : UNREACHABLE;
}
