/** What an outcome is called on the screen. */
import type { Action, FeedbackGiven, Outcome } from '#lib/api/schema.d.ts';

export type FeedbackLabel = FeedbackGiven['label'];

export type Tone = 'bad' | 'warning' | 'good' | 'plain';

export interface Words {
  text: string;
  tone: Tone;
}

/** What is done to a sender, in a word. */
export const SENDER_WORDS: Record<Outcome['sender_verdict'], string> = {
  none: '',
  challenge: 'challenge',
  mute: 'mute',
  kick: 'remove',
  ban: 'ban'
};
const GUARDS: Record<string, string> = {
  admin: 'the sender is an admin',
  allowed: 'the sender is on the allow list',
  anonymous_admin: 'the sender is an anonymous admin',
  linked_channel: 'it comes from the linked channel',
  own_bot: 'the sender is this bot',
  protected: 'the sender is an admin or on the allow list',
  telegram: 'the sender is Telegram itself'
};

type Decided = Pick<Outcome, 'message' | 'sender_verdict' | 'state' | 'actions'>;

/** The verdict in a word or two: "deleted · muted" where it was done, "would delete · mute" where nothing was to be. */
export function verdictWords(outcome: Decided): Words {
  const done = inOrder(outcome.actions).filter(
    ({ kind, state }) => kind !== 'undo' && state === 'done'
  );
  if (done.length > 0) {
    const text = done.map(({ kind }) => ACTION_WORDS[kind][0]).join(' · ');
    return { text, tone: outcome.state === 'undone' ? 'plain' : 'bad' };
  }
  if (outcome.message === 'keep') return { text: 'kept', tone: 'good' };
  if (outcome.message === 'review') return { text: 'review', tone: 'warning' };
  const parts = ['delete', SENDER_WORDS[outcome.sender_verdict]];
  const will = ['pending', 'failed'].includes(outcome.state) ? 'to' : 'would';
  return { text: `${will} ${parts.filter(Boolean).join(' · ')}`, tone: 'warning' };
}

/** What the verdict's own words leave open: when, until when, what failed, why not. */
export function stateWords(outcome: Outcome, now = new Date()): Words[] {
  switch (outcome.state) {
    case 'kept':
      return plain(keptBecause(outcome));
    case 'review':
      return [];
    case 'observed':
      return plain('observe mode');
    case 'guarded':
      return plain(`protected: ${GUARDS[outcome.guard ?? ''] ?? outcome.guard ?? ''}`);
    case 'undoing':
      return plain('undoing…');
    case 'undone':
      return undoneWords(outcome);
    default: {
      const actions = inOrder(outcome.actions).filter(({ kind }) => kind !== 'undo');
      const isDone = ({ state }: Action) => state === 'done';
      return [
        ...plain(whenDone(actions.filter(isDone), now)),
        ...actions.filter((one) => !isDone(one)).map((one) => actionWords(one, now))
      ];
    }
  }
}

/** "deleted in 0.2 s", "muted until 21 Nov, 09:00", "mute failed: …". */
export function actionWords(action: Action, now = new Date()): Words {
  const [done, doing, name] = ACTION_WORDS[action.kind];
  switch (action.state) {
    case 'done':
      return { text: `${done} ${until(action, now) || took(action)}`.trimEnd(), tone: 'plain' };
    case 'dead':
      return { text: failure(name, action.error), tone: 'bad' };
    case 'reversed':
      return { text: `${name} taken back`, tone: 'good' };
    case 'cancelled':
      return { text: `${name} cancelled`, tone: 'plain' };
    default:
      return { text: `${doing}…`, tone: 'plain' };
  }
}

const ACTION_WORDS: Record<Action['kind'], [done: string, doing: string, name: string]> = {
  delete_message: ['deleted', 'deleting', 'deletion'],
  delete_reactions: ['reactions removed', 'removing reactions', 'removal of reactions'],
  challenge: ['challenged', 'challenging', 'challenge'],
  mute: ['muted', 'muting', 'mute'],
  kick: ['removed', 'removing', 'removal'],
  ban: ['banned', 'banning', 'ban'],
  undo: ['undone', 'undoing', 'undo']
};

/** In short what kept the verdict below what the score says; '' where nothing did. */
export function heldBack(outcome: Outcome): string {
  const reached = new Set(
    outcome.bars
      .filter(({ probability }) => outcome.probability >= probability)
      .map(({ name }) => name)
  );
  const isBelow =
    (reached.has('review') && outcome.message === 'keep') ||
    (reached.has('delete') && outcome.message !== 'delete') ||
    (reached.has('mute') && ['none', 'challenge'].includes(outcome.sender_verdict)) ||
    (reached.has('ban') && outcome.sender_verdict === 'mute');
  if (!isBelow) return '';
  // A cap is in the score already.
  return outcome.bounds.find(({ name }) => !name.startsWith('cap'))?.short ?? '';
}

function keptBecause(outcome: Outcome): string {
  const held = heldBack(outcome);
  if (held) return held;
  const review = outcome.bars.find(({ name }) => name === 'review')?.probability ?? 0;
  return outcome.probability < review ? `below ${percent(review)}, where review begins` : '';
}

/** What a tap takes back; '' where nothing can be. */
export function undoLabel({ undo }: Outcome): string {
  const [first, ...others] = undo.possible ? undo.effects : [];
  if (first === undefined) return '';
  return others.length > 0 ? 'Undo' : UNDO_LABELS[first];
}

const UNDO_LABELS: Record<Outcome['undo']['effects'][number], string> = {
  stop: 'Undo',
  lift_mute: 'Lift the mute',
  lift_ban: 'Lift the ban'
};

/** What an undo did, as it reported: sentences. */
export function undoResult({ actions }: Outcome): { restored: string[]; notRestored: string[] } {
  const result = actions.find(({ kind, state }) => kind === 'undo' && state === 'done')?.result;
  return { restored: sentences(result?.restored), notRestored: sentences(result?.not_restored) };
}

const MESSAGE_STAYS = /^The message stays deleted/;

function undoneWords(outcome: Outcome): Words[] {
  const { restored, notRestored } = undoResult(outcome);
  // That a deleted message stays so is said by the verdict's own words.
  const others = notRestored.filter((sentence) => !MESSAGE_STAYS.test(sentence));
  const left = others.map((sentence): Words => ({ text: lower(sentence), tone: 'plain' }));
  return restored.length === 0 && notRestored.length > 0
    ? [{ text: 'nothing was left to take back', tone: 'plain' }, ...left]
    : [{ text: 'undone', tone: 'good' }, ...left];
}

function plain(text: string): Words[] {
  return text ? [{ text, tone: 'plain' }] : [];
}

function sentences(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}

/** "failed: may not delete messages": the missing right says which action it was. */
function failure(name: string, error: Action['error']): string {
  const lacks = error?.code === 'missing_right' && /^The bot may not (.+)\.$/.exec(error.text);
  if (lacks) return `failed: may not ${lacks[1]}`;
  return `${name} failed: ${lower(error?.text ?? 'unknown')}`;
}

/** What an edit added, as far as it is known; '' for what is no edit. */
export function editWords({ edit }: Pick<Outcome, 'edit'>): string {
  if (edit === null) return '';
  const links = (count: number) => (count === 1 ? '1 link or name' : `${count} links or names`);
  if (edit.links_added !== null) return `edited: ${links(edit.links_added)} added`;
  if (edit.links_before !== null) return `edited; ${links(edit.links_before)} before`;
  return 'edited; what it said before is not known';
}

/** What stands where there is no text to show. */
export function withoutText({
  event,
  texts_state
}: Pick<Outcome, 'event' | 'texts_state'>): string {
  if (texts_state === 'purged') return 'The text is past its retention time.';
  if (texts_state !== 'readable')
    return 'The text cannot be opened: it is sealed with another key.';
  return SILENT_EVENTS[event] ?? 'A message without text.';
}

const SILENT_EVENTS: Partial<Record<string, string>> = {
  join: 'Joined the group.',
  join_request: 'Asked to join the group.',
  reaction: 'Reacted to messages.'
};

/** Permille as percent: 981 → "98 %", never rounded to a certainty. */
export function percent(probability: number): string {
  return `${Math.min(99, Math.max(1, Math.round(probability / 10)))} %`;
}

// Made once: to make one takes a hundred times as long as to use it, and a list uses it in each row.
const TIME = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const DAY_AND_TIME = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit'
});

/** The time of a day; with the date where it was not today. */
export function moment(date: string, now = new Date()): string {
  const when = new Date(date);
  return (when.toDateString() === now.toDateString() ? TIME : DAY_AND_TIME).format(when);
}

/** The message first, then the sender, then the undo. */
export function inOrder(actions: Action[]): Action[] {
  const order = Object.keys(ACTION_WORDS);
  return actions.toSorted((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
}

/** "in 0.2 s, until 21 Nov, 09:00": of the message, and of the sender. */
function whenDone(actions: Action[], now: Date): string {
  const ends = actions.map((action) => until(action, now));
  return [actions[0] ? took(actions[0]) : '', ...ends].filter(Boolean).join(', ');
}

/** "until 21 Nov, 09:00"; '' where it ends by itself before. */
function until({ kind, until_date }: Action, now: Date): string {
  return until_date && kind !== 'challenge' ? `until ${moment(until_date, now)}` : '';
}

function took(action: Action): string {
  if (!action.done_at) return '';
  const seconds = (Date.parse(action.done_at) - Date.parse(action.due_at)) / 1000;
  if (seconds < 0) return '';
  if (seconds < 0.1) return `in ${Math.round(seconds * 1000)} ms`;
  return seconds < 60 ? `in ${seconds.toFixed(1)} s` : `in ${Math.round(seconds / 60)} min`;
}

function lower(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1).replace(/\.$/, '');
}
