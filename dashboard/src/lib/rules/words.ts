/** Rules of admins in words, and in the form that edits them. */
import type { Rule } from '#lib/api/schema.d.ts';

export const KINDS: { value: Rule['kind']; title: string; hint: string }[] = [
  { value: 'literal', title: 'Words', hint: 'Whole words, in any case and disguise.' },
  { value: 'wildcard', title: 'Wildcard', hint: '* for any characters but spaces, ? for one.' },
  { value: 'regex', title: 'Regular expression', hint: 'Rust’s syntax: no look-around.' }
];
export const PLACES: { value: Rule['places'][number]; title: string }[] = [
  { value: 'own', title: 'the text' },
  { value: 'names', title: 'the sender’s name' },
  { value: 'links', title: 'links' }
];
export const VERDICTS: { value: string; title: string }[] = [
  { value: 'review none', title: 'review' },
  { value: 'delete none', title: 'delete' },
  { value: 'delete mute', title: 'delete, and mute' },
  { value: 'delete kick', title: 'delete, and remove' },
  { value: 'delete ban', title: 'delete, and ban' },
  { value: 'keep none', title: 'keep' }
];

export function newRule(): Rule {
  return {
    id: '',
    kind: 'literal',
    pattern: '',
    places: ['own'],
    look_at: 'folded',
    applies_to: 'everyone',
    verdict: { message: 'review', sender: 'none' },
    note: null,
    expires_at: null,
    enabled: true
  };
}

/** "delete mute": the value of a choice in VERDICTS. */
export function verdictValue({ verdict }: Pick<Rule, 'verdict'>): string {
  return `${verdict.message} ${verdict.sender}`;
}

export function readVerdict(value: string): Rule['verdict'] {
  const [message, sender] = value.split(' ');
  return { message, sender } as Rule['verdict'];
}

/** "delete, and mute". */
export function verdictTitle(rule: Pick<Rule, 'verdict'>): string {
  return VERDICTS.find(({ value }) => value === verdictValue(rule))?.title ?? verdictValue(rule);
}

export function hasExpired({ expires_at }: Pick<Rule, 'expires_at'>, now = new Date()): boolean {
  return expires_at !== null && expires_at * 1000 <= now.getTime();
}

/** The end of a rule as a date field has it, in the reader's own time; '' for none. */
export function expiryDay({ expires_at }: Pick<Rule, 'expires_at'>): string {
  if (expires_at === null) return '';
  const date = new Date(expires_at * 1000);
  const two = (number: number) => String(number).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** When that day begins here, in seconds since 1970; null for ''. */
export function readExpiry(day: string): number | null {
  return day === '' ? null : Math.floor(new Date(`${day}T00:00`).getTime() / 1000);
}

/** The field of the rule that an error names: `rules[2] ("casino"): pattern` and `rule.pattern` → "pattern". */
export function fieldOf(named: string): string {
  return /(?:rules\[\d+\](?: \(.*\): |\.)|^rule\.)([\w.]+)$/s.exec(named)?.[1] ?? '';
}
