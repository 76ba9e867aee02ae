/** What another policy would have decided, in people's words. */
import type { AnswerChange, PolicyPreview, Signal } from '#lib/api/schema.d.ts';
import { SENDER_WORDS, type Tone } from '#lib/feed/words.ts';
import { fieldLabel } from './words.ts';

type Answer = AnswerChange['before'];

/** "delete · mute", "review", "keep". */
export function answerWords({ message, sender }: Answer): string {
  return [message, SENDER_WORDS[sender]].filter(Boolean).join(' · ');
}

/** What speaks for or against a change: what admins had said of these messages. */
export function saidWords(change: AnswerChange): { text: string; tone: Tone }[] {
  const { is_stricter, called_spam, called_ham } = change;
  return [
    { count: called_spam, words: 'you called spam', tone: is_stricter ? 'good' : 'bad' },
    { count: called_ham, words: 'you said are no spam', tone: is_stricter ? 'bad' : 'good' }
  ]
    .filter(({ count }) => count > 0)
    .map(({ count, words, tone }) => ({ text: `${count} ${words}`, tone: tone as Tone }));
}

/** How many would be met harder, and how many milder. */
export function sums({ changes }: PolicyPreview): { stricter: number; milder: number } {
  const sum = (isStricter: boolean) =>
    changes
      .filter(({ is_stricter }) => is_stricter === isStricter)
      .reduce((all, { outcomes }) => all + outcomes, 0);
  return { stricter: sum(true), milder: sum(false) };
}

/** "Of 412 messages that something was found in, since 12 Nov; 18,230 in all." */
export function basisWords({ outcomes, judged, since }: PolicyPreview): string {
  const day = new Date(since).toLocaleDateString('en-GB', { day: 'numeric', month: 'short' });
  const all = Math.max(judged, outcomes).toLocaleString('en-GB');
  const found = outcomes.toLocaleString('en-GB');
  return `Since ${day} something was found in ${found} of ${all} messages.`;
}

/** "Who is asked, rule casino": fields of which the preview cannot tell; '' where there is none. */
export function untoldWords({ untold }: PolicyPreview, signals: Signal[]): string {
  return untold.map((path) => fieldLabel(path, signals)).join(', ');
}
