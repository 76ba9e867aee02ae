/** Policies in people's words. */
import type { PolicyOfGroup, PolicyVersion, Signal } from '#lib/api/schema.d.ts';

const LABELS: Record<string, string> = {
  preset: 'Preset',
  mute_days: 'A mute lasts',
  ban_days: 'A ban lasts',
  known_spam_days: 'Known spam counts half after',
  mass_join_size: 'A mass join begins at',
  shared_bans: 'Bans count in the whole workspace',
  'gate.ask': 'Who is asked',
  'gate.by': 'What they are asked',
  'gate.minutes': 'Time for an answer',
  'gate.question': 'A question of your own',
  'gate.question.text': 'The question',
  'gate.question.answers': 'Its answers',
  'raid.automatic': 'A mass join begins a raid',
  'raid.minutes': 'A raid goes on for',
  'raid.joins': 'Whoever joins meanwhile',
  'locks.from_everyone': 'Deleted from everybody',
  'locks.from_newcomers': 'Deleted from newcomers',
  'locks.newcomer_messages': 'A newcomer has fewer than',
  'night.enabled': 'Night mode',
  'night.begins': 'Night begins at',
  'night.ends': 'Night ends at',
  'night.time_zone': 'Time zone',
  'night.from_everyone': 'Deleted from everybody at night',
  'night.from_newcomers': 'Deleted from newcomers at night',
  'night.is_told': 'Tell the group',
  service_messages: 'Service messages deleted',
  'text_threshold.automatic': 'Text threshold follows the group',
  'text_threshold.most_lower': 'Text threshold may fall by',
  'text_threshold.most_higher': 'Text threshold may rise by',
  'text_threshold.shift': 'Text threshold is shifted by',
  'thresholds.review': 'Review from',
  'thresholds.delete': 'Delete from',
  'thresholds.challenge': 'Challenge from',
  'thresholds.mute': 'Mute from',
  'thresholds.ban': 'Ban from'
};
const UNITS: Record<string, string> = {
  mute_days: 'days',
  ban_days: 'days',
  known_spam_days: 'days',
  mass_join_size: 'others',
  'gate.minutes': 'minutes',
  'raid.minutes': 'minutes',
  'locks.newcomer_messages': 'messages',
  'text_threshold.most_lower': 'points',
  'text_threshold.most_higher': 'points',
  'text_threshold.shift': 'points'
};

/** "Invite link: weight", "Rule casino", "A mute lasts". */
export function fieldLabel(path: string, signals: Signal[]): string {
  const [head = '', name = '', part] = path.split('.');
  if (head === 'rules') return `Rule ${path.slice('rules.'.length)}`;
  if (head !== 'signals') return LABELS[path] ?? sentence(path);
  const title = signals.find((signal) => signal.name === name)?.title ?? sentence(name);
  return part === 'enabled' ? `${title}: counts` : `${title}: weight`;
}

export function unit(path: string): string {
  return UNITS[path] ?? '';
}

/** How much of the engine's own unit one on the screen is: a point, as an outcome's reasons count them, is a thousand milli-logits. */
export function scale(path: string): number {
  return unit(path) === 'points' ? 1000 : 1;
}

const SPELLED: Record<string, string> = { gif: 'GIF' };

/** A word that a field may be, as people read it. */
export function choiceLabel(value: string): string {
  return SPELLED[value] ?? sentence(value);
}

/** A value of a field, as the history shows it. */
export function valueWords(path: string, value: unknown): string {
  if (value === null || value === undefined) {
    return path.startsWith('thresholds.') ? 'the preset’s' : 'none';
  }
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (path.startsWith('thresholds.')) return `${Number(value) / 10} %`;
  if (path.endsWith('.factor')) return `${Number(value)} %`;
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) {
    return value.map(choiceLabel).join(', ') || 'none';
  }
  if (typeof value === 'object') {
    return 'pattern' in value ? String(value.pattern) : JSON.stringify(value);
  }
  const shown = typeof value === 'number' ? value / scale(path) : String(value);
  return `${shown} ${unit(path)}`.trimEnd();
}

export function authorWords({ made_by }: Pick<PolicyVersion, 'made_by'>): string {
  if (made_by === null) return '';
  if (made_by === 'operator') return 'the operator';
  if (made_by === 'thresholds') return 'Chatwarden, by what members write';
  return made_by.replace(/^user:/, 'user ');
}

/** What came of giving other groups a policy. */
export function spreadWords(groups: Pick<PolicyOfGroup, 'is_new'>[]): string {
  if (groups.length === 0) return 'You are an admin of none of them.';
  const taken = groups.filter(({ is_new }) => is_new).length;
  const words = (count: number, one: string, many: string) =>
    `${count} ${count === 1 ? `group ${one}` : `groups ${many}`}`;
  const parts = [
    taken > 0 && `${words(taken, 'has', 'have')} it now`,
    taken < groups.length && `${words(groups.length - taken, 'had', 'had')} it already`
  ];
  return `${parts.filter(Boolean).join(', ')}.`;
}

function sentence(name: string): string {
  const words = name.replaceAll(/[._]/g, ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
