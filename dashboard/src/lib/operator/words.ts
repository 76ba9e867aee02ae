/** The deployment in words. */
import type {
  Check,
  DeadLetter,
  Deployment,
  Part,
  PersonHeld,
  QueueState
} from '#lib/api/schema.d.ts';

export const QUEUE_WORDS: Record<QueueState['queue'], { title: string; what: string }> = {
  updates: { title: 'Updates', what: 'taken from Telegram, to be judged' },
  records: { title: 'Records', what: 'judged or done, to be written down' },
  set_aside: { title: 'Set aside', what: 'records that nobody could read' },
  actions: { title: 'Actions', what: 'to be done in Telegram' },
  evidence: { title: 'Evidence', what: 'events that wait for profile, lists or pictures' },
  interactions: { title: 'Answers', what: 'said to the bot, to be answered' },
  deliveries: { title: 'Deliveries', what: 'to be sent to webhooks' }
};

export const PROFILE_WORDS: Record<Deployment['profile'], string> = {
  embedded: 'Embedded: everything in one process',
  distributed: 'Distributed: each service a process of its own'
};

export const DATABASE_WORDS: Record<Deployment['database']['kind'], string> = {
  sqlite: 'SQLite',
  postgresql: 'PostgreSQL'
};

export const LETTER_WORDS: Record<DeadLetter['kind'], string> = {
  update: 'could not be judged',
  interaction: 'could not be answered'
};

type State = Part['state'] | Check['state'];

/** Told by a word and a colour, never by the colour alone. */
export const STATE_WORDS: Record<State, { title: string; colour: string; dot: string }> = {
  ok: { title: 'ok', colour: 'text-trust', dot: 'bg-trust' },
  starting: { title: 'starting', colour: 'text-warning', dot: 'bg-warning' },
  warning: { title: 'to mend', colour: 'text-warning', dot: 'bg-warning' },
  failing: { title: 'failing', colour: 'text-evidence', dot: 'bg-evidence' }
};

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** "7.0 MiB". */
export function sizeWords(bytes: number): string {
  let [size, unit] = [bytes, 0];
  while (size >= 1024 && unit < UNITS.length - 1) [size, unit] = [size / 1024, unit + 1];
  return `${unit === 0 ? size : size.toFixed(1)} ${UNITS[unit] ?? ''}`;
}

/** "40 s", "3 min", "2 h"; empty where nothing is late. */
export function lateWords(seconds: number): string {
  if (seconds < 1) return '';
  if (seconds < 90) return `${seconds} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}

/** What waits so long that somebody should look. */
export function isLate({ queue, waiting, late_seconds }: QueueState): boolean {
  return (queue === 'set_aside' && waiting > 0) || late_seconds >= 60;
}

/** "All parts are well", or how many are not. */
export function partsWords(parts: Part[]): string {
  const unwell = parts.filter(({ state }) => state !== 'ok').length;
  if (unwell === 0) return 'All parts are well.';
  return unwell === 1 ? 'One part is not well.' : `${unwell} parts are not well.`;
}

/** "Nothing to mend.", "2 to mend, 1 of them failing." */
export function checksWords(checks: Check[]): string {
  const failing = checks.filter(({ state }) => state === 'failing').length;
  const mend = checks.filter(({ state }) => state !== 'ok').length;
  if (mend === 0) return 'Nothing to mend.';
  return failing === 0 ? `${mend} to mend.` : `${mend} to mend, ${failing} of them failing.`;
}

const HELD_WORDS: Record<
  Exclude<keyof PersonHeld, 'newest_outcome'>,
  [one: string, many: string]
> = {
  outcomes: ['message that something was found in', 'messages that something was found in'],
  actions: ['action against them', 'actions against them'],
  strikes: ['warning', 'warnings'],
  challenges: ['question of the gate', 'questions of the gate'],
  allowed_in: ['allow list', 'allow lists'],
  feedback: ['time that they said what a message is', 'times that they said what a message is'],
  reports: ['report of theirs', 'reports of theirs'],
  did: ['entry of a log or history', 'entries of logs and histories'],
  roles: ['role in a group', 'roles in groups'],
  sign_ins: ['session or API key', 'sessions and API keys']
};

/** What is held about a person, what is not left out. */
export function heldWords(held: PersonHeld): string[] {
  const kinds = Object.entries(HELD_WORDS) as [keyof typeof HELD_WORDS, [string, string]][];
  return kinds
    .filter(([kind]) => held[kind] > 0)
    .map(([kind, [one, many]]) => `${held[kind]} ${held[kind] === 1 ? one : many}`);
}
