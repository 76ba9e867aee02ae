/** What was pasted into the playground: an update where it is a JSON object with an `update_id`, a text otherwise. */
import type { PlaygroundTry } from '#lib/api/schema.d.ts';

export function readTry(pasted: string): Pick<PlaygroundTry, 'text' | 'update'> {
  try {
    const read: unknown = JSON.parse(pasted);
    if (typeof read === 'object' && read !== null && 'update_id' in read) {
      return { update: { ...read } };
    }
  } catch {
    // A text like any other.
  }
  return { text: pasted };
}
