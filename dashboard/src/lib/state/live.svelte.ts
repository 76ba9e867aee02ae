/** Keeps the live stream open: resumes where it ended, waits longer after each failure. */
import type { StreamEvent } from '#lib/api/schema.d.ts';
import { ApiFailure } from '#lib/api/session.ts';
import { openStream } from '#lib/api/stream.ts';

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30_000;

export interface Listener {
  take: (event: StreamEvent) => void;
  signedOut: () => void;
}

export class Live {
  connection = $state<'connecting' | 'live' | 'reconnecting'>('connecting');
  /** The stream has been open: what is fetched from here on misses nothing. */
  started = $state(false);
  #last: number | null = null;
  #failures = 0;
  #hurry: () => void = () => undefined;
  #cut = new AbortController();

  constructor(private readonly open: typeof openStream = openStream) {}

  /** Listens until the signal aborts or the session ends. */
  async listen(listener: Listener, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#cut = new AbortController();
      const open = AbortSignal.any([signal, this.#cut.signal]);
      try {
        for await (const event of this.open(this.#last, open)) this.#hear(event, listener);
      } catch (failure) {
        if (failure instanceof ApiFailure && failure.isSignedOut) return listener.signedOut();
        this.#failures++;
      }
      if (signal.aborted) return;
      this.connection = 'reconnecting';
      // A stream that ends by itself did so because its token expired: open the next at once.
      if (this.#failures > 0) await this.#wait(waitAfter(this.#failures));
    }
  }

  /** The browser is offline: what is open hears nothing more, and may not find out for long. */
  cut(): void {
    this.#cut.abort();
  }

  /** Do not wait any longer: the browser is online again, or somebody looks. */
  hurry(): void {
    this.#hurry();
  }

  #hear(event: StreamEvent, listener: Listener): void {
    this.connection = 'live';
    this.#failures = 0;
    if (event.type === 'start') this.started = true;
    if ('id' in event) this.#last = event.id;
    listener.take(event);
  }

  #wait(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#hurry = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Milliseconds to wait after so many failures in a row; a share by chance, so that browsers do not come all at once. */
export function waitAfter(failures: number, chance = Math.random()): number {
  const most = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (failures - 1));
  return most * (0.5 + chance / 2);
}
