/** Appeals in words. */
import type { Appeal, Case } from '#lib/api/schema.d.ts';

const AGAINST: Record<Appeal['about'], string> = {
  ban: 'the ban',
  mute: 'the mute',
  kick: 'the removal',
  challenge: 'the challenge',
  delete_message: 'the deletion',
  delete_reactions: 'the removal of reactions',
  undo: 'the decision'
};

const RESULTS: Record<Appeal['state'], string> = {
  open: '',
  accepted: 'appeal accepted',
  refused: 'appeal refused',
  lapsed: 'ended before its appeal was decided'
};

/** "Appeal against the mute", with how often it was refused before. */
export function appealTitle({ about, refusals }: Pick<Appeal, 'about' | 'refusals'>): string {
  const before = refusals > 0 ? ', refused once before' : '';
  return `Appeal against ${AGAINST[about]}${before}`;
}

/** What came of it; '' while it is open. */
export function appealResult({ state }: Pick<Appeal, 'state'>): string {
  return RESULTS[state];
}

/** Whether the case is here because its sender asks for it. */
export function isAppealed({ appeal }: Pick<Case, 'appeal'>): boolean {
  return appeal?.state === 'open';
}

/** What the buttons say of a case: an appeal is answered, a message is called something. */
export function decisionWords(one: Pick<Case, 'appeal'>): {
  spam: [button: string, done: string];
  ham: [button: string, done: string];
} {
  return isAppealed(one)
    ? { spam: ['Refuse', 'Refused'], ham: ['Accept', 'Accepted'] }
    : { spam: ['Spam', 'Spam'], ham: ['Not spam', 'Not spam'] };
}
