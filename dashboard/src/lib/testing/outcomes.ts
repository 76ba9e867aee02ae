/** Outcomes for tests, as the API gives them. */
import type { Action, Contribution, Outcome } from '#lib/api/schema.d.ts';

export function contribution(changes: Partial<Contribution> = {}): Contribution {
  return {
    signal: 'invite_link',
    kind: 'evidence',
    group: 'links',
    title: 'Invite link',
    sentence: 'The message invites into another group or channel.',
    weight: 1500,
    strength: 1000,
    contribution: 1500,
    spans: [],
    detail: null,
    ...changes
  };
}

export function action(changes: Partial<Action> = {}): Action {
  return {
    id: 'a',
    kind: 'delete_message',
    state: 'done',
    requested_by: 'verdict',
    due_at: '2026-11-20T09:00:00Z',
    started_at: '2026-11-20T09:00:00Z',
    done_at: '2026-11-20T09:00:00.200Z',
    until_date: null,
    error: null,
    result: null,
    ...changes
  };
}

/** The number makes the trace id and the date. */
export function outcome(number = 1, changes: Partial<Outcome> = {}): Outcome {
  return {
    trace_id: `7-${number}-1`,
    cursor: `after ${number}`,
    group: { bot_id: 7, chat_id: -100, title: 'Balcony gardeners' },
    date: new Date(Date.UTC(2026, 10, 20, 9, 0, number)).toISOString(),
    event: 'message',
    edit: null,
    message_id: number,
    sender: { kind: 'user', id: 5, name: 'Crypto Carla' },
    score: 2300,
    probability: 909,
    message: 'delete',
    sender_verdict: 'none',
    state: 'enforced',
    guard: null,
    texts: [{ place: 'text', text: 'Easy money, join t.me/+abc' }],
    texts_state: 'readable',
    bias: -2200,
    contributions: [],
    bounds: [],
    bars: [],
    actions: [],
    undo: { possible: true, effects: ['lift_mute'], restores: [], cannot_restore: [] },
    feedback: null,
    ...changes
  };
}
