/** One backtest: sent, followed until its report, or cancelled. */
import { api } from '#lib/api/client.ts';
import type { BacktestEvent, BacktestReport, BacktestWanted } from '#lib/api/schema.d.ts';
import { ApiFailure, answer } from '#lib/api/session.ts';
import { readLines } from '#lib/api/stream.ts';
import { failureOf } from './resource.svelte.ts';

const CUT_OFF = new ApiFailure({
  code: 'cut_off',
  title: 'The backtest ended before its report.',
  hint: 'The server was stopped, or the connection was lost. Begin it again.'
});

export class Backtest {
  phase = $state<'idle' | 'sending' | 'judging' | 'ready' | 'failed'>('idle');
  permille = $state(0);
  messages = $state(0);
  report = $state.raw<BacktestReport | null>(null);
  failure = $state.raw<ApiFailure | null>(null);
  #ending = new AbortController();

  constructor(private readonly group: { bot_id: number; chat_id: number }) {}

  get isRunning(): boolean {
    return this.phase === 'sending' || this.phase === 'judging';
  }

  async run(wanted: BacktestWanted): Promise<void> {
    this.cancel();
    const { signal } = (this.#ending = new AbortController());
    this.phase = 'sending';
    this.permille = this.messages = 0;
    this.report = this.failure = null;
    try {
      for await (const event of await this.#ask(wanted, signal)) this.#take(event);
      if (this.report === null) throw CUT_OFF;
    } catch (error) {
      if (signal.aborted) return;
      this.failure = failureOf(error);
      this.phase = 'failed';
    }
  }

  /** The server stops judging once nobody listens. */
  cancel(): void {
    this.#ending.abort();
    if (this.isRunning) this.phase = 'idle';
  }

  async #ask(wanted: BacktestWanted, signal: AbortSignal): Promise<AsyncGenerator<BacktestEvent>> {
    const body = await answer(
      api.POST('/api/v1/groups/{bot_id}/{chat_id}/backtest', {
        params: { path: this.group },
        body: wanted,
        parseAs: 'stream',
        signal
      })
    );
    if (!body) throw CUT_OFF;
    return readLines<BacktestEvent>(body as ReadableStream<Uint8Array>);
  }

  #take(event: BacktestEvent): void {
    if (event.event === 'report') {
      this.report = event;
      this.phase = 'ready';
    } else {
      this.permille = event.permille;
      this.messages = event.messages;
      this.phase = 'judging';
    }
  }
}
