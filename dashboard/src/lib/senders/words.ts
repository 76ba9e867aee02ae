/** Senders in words. */
import type { SenderDetail, SenderRow } from '#lib/api/schema.d.ts';
import { moment } from '#lib/feed/words.ts';

export type SenderFilter = 'all' | 'allowed' | 'punished' | 'untrusted';

export const FILTERS: { name: SenderFilter; title: string; none: string }[] = [
  {
    name: 'all',
    title: 'All',
    none: 'As soon as a message shows signs of spam, its sender is here.'
  },
  { name: 'allowed', title: 'Allowed', none: 'Nobody is on this group’s allow list.' },
  { name: 'punished', title: 'Punished', none: 'Nobody is muted or banned here by the bot now.' },
  {
    name: 'untrusted',
    title: 'New here',
    none: 'Nobody who was new here wrote anything suspicious.'
  }
];

const HOLDS: Partial<Record<SenderRow['in_force'][number], string>> = {
  challenge: 'challenged',
  mute: 'muted',
  ban: 'banned'
};

const LEVELS = { newcomer: 'New here', known: 'Known here', trusted: 'Trusted' } as const;

export function senderName({ kind, id, name }: Pick<SenderRow, 'kind' | 'id' | 'name'>): string {
  return name ?? `${kind} ${id}`;
}

/** "muted, banned"; '' where nothing holds. */
export function holdsWords({ in_force }: Pick<SenderRow, 'in_force'>): string {
  return in_force.map((kind) => HOLDS[kind] ?? kind).join(', ');
}

/** "New here", "Trusted"; what was never recorded is not guessed. */
export function levelWords(trust: SenderRow['trust']): string {
  return trust ? LEVELS[trust.level] : 'Not known';
}

/** "3 good messages in 2 days"; messages are counted up to 32. */
export function trustWords(trust: SenderRow['trust']): string {
  if (!trust) return 'What was known of them was not recorded here yet.';
  const most = trust.messages_here >= 32 ? '32 or more' : String(trust.messages_here);
  const messages = trust.messages_here === 1 ? '1 good message' : `${most} good messages`;
  const days = trust.days_here === 1 ? '1 day' : `${trust.days_here} days`;
  return `${messages} in ${days} here, when they were last judged.`;
}

/** "Muted until 21 Nov, 09:00", "Banned without an end". */
export function actionInForce(
  { kind, until_date }: SenderDetail['actions_in_force'][number],
  now = new Date()
): string {
  const words = HOLDS[kind] ?? kind;
  const name = words.charAt(0).toUpperCase() + words.slice(1);
  if (kind === 'challenge')
    return 'Challenged: may not write until they show that they are a person';
  return until_date ? `${name} until ${moment(until_date, now)}` : `${name} without an end`;
}
