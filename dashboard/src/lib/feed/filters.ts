/** What the feed may be narrowed to. */
import type { Outcome } from '#lib/api/schema.d.ts';

type State = Outcome['state'];

export const FILTERS = {
  all: { title: 'All', states: [] },
  deleted: { title: 'Deleted', states: ['pending', 'enforced'] },
  review: { title: 'Review', states: ['review'] },
  failed: { title: 'Failed', states: ['failed'] },
  undone: { title: 'Undone', states: ['undoing', 'undone'] }
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
    (states.length === 0 || states.includes(outcome.state))
  );
}
