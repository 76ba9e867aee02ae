/** Reads the live stream: lines of JSON until the server, the network or the caller ends it. */
import type { StreamEvent } from './schema.d.ts';
import { ApiFailure, UNREACHABLE, origin, token } from './session.ts';

/** Longer than the server's heartbeat of 15 s: after this silence the connection is dead. */
export const SILENCE_MS = 40_000;

/** Events from now on, or those after the given number. Throws ApiFailure where it cannot be opened. */
export async function* openStream(
  after: number | null,
  signal: AbortSignal
): AsyncGenerator<StreamEvent> {
  const address = new URL('/api/v1/outcomes/stream', origin());
  if (after !== null) address.searchParams.set('after', String(after));
  const silence = new AbortController();
  const response = await fetch(address, {
    headers: { Authorization: `Bearer ${await token()}` },
    signal: AbortSignal.any([signal, silence.signal])
  }).catch(() => {
    throw UNREACHABLE;
  });
  if (!response.ok || !response.body) {
    throw response.headers.get('content-type')?.includes('problem+json')
      ? new ApiFailure(await response.json())
      : UNREACHABLE;
  }
  yield* readLines(response.body, () => silence.abort());
}

/** The events of a body, however its bytes are cut. `onSilence` is called where nothing comes for too long. */
export async function* readLines<Event = StreamEvent>(
  body: ReadableStream<Uint8Array>,
  onSilence: () => void = () => undefined
): AsyncGenerator<Event> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let unfinished = '';
  try {
    while (true) {
      const timer = setTimeout(onSilence, SILENCE_MS);
      const { done, value } = await reader.read().finally(() => clearTimeout(timer));
      if (done) return;
      const lines = (unfinished + decoder.decode(value, { stream: true })).split('\n');
      unfinished = lines.pop() ?? '';
      for (const line of lines) if (line) yield JSON.parse(line) as Event;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
