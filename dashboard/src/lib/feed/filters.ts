/** What the feed may be narrowed to. */
import type { Outcome } from '#lib/api/schema.d.ts';

type State = Outcome['state'];

const LEFT_ALONE: State[] = ['kept', 'guarded'];
const CAUGHT: State[] = [
  'review',
  'observed',
  'pending',
  'enforced',
  'failed',
  'undoing',
  'undone'
];

export const FILTERS = {
  caught: { title: 'Caught', states: CAUGHT },
  deleted: { title: 'Deleted', states: ['pending', 'enforced'] },
  review: { title: 'Review', states: ['review'] },
  failed: { title: 'Failed', states: ['failed'] },
  undone: { title: 'Undone', states: ['undoing', 'undone'] },
  left: { title: 'Left alone', states: LEFT_ALONE }
} satisfies Record<string, { title: string; states: State[] }>;

export type FilterName = keyof typeof FILTERS;

export interface Filter {
  name: FilterName;
  /** null: every group. */
  chatId: number | null;
}

export function statesOf(filter: Filter): State[] {
  return FILTERS[filter.name].states;
}

export function matches(outcome: Outcome, filter: Filter): boolean {
  const states = statesOf(filter);
  return (
    (filter.chatId === null || outcome.group.chat_id === filter.chatId) &&
    states.includes(outcome.state)
  );
}
