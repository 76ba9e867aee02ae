/** What a page changes by a button: one thing at a time, with what to tell afterwards. */
import { failureOf } from './resource.svelte.ts';

export class Change {
  busy = $state(false);
  /** What was done, in words; empty where that shows by itself. */
  news = $state('');
  /** Why it was not. */
  refusal = $state('');
  /** Which of them asks whether it is meant. */
  asked = $state<string | null>(null);

  /** `after`: shows what has changed. */
  constructor(private readonly after: () => Promise<void>) {}

  /** `act` gives the news. */
  async make(act: () => Promise<string>): Promise<void> {
    this.busy = true;
    this.news = this.refusal = '';
    try {
      this.news = await act();
      await this.after();
    } catch (error) {
      const { problem } = failureOf(error);
      this.refusal = `${problem.title} ${problem.hint}`;
    } finally {
      this.busy = false;
      this.asked = null;
    }
  }
}
