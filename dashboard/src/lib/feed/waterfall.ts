/** Where the bars of a waterfall stand: from the bias, contribution by contribution, to the score. */
import type { Contribution, Outcome } from '#lib/api/schema.d.ts';

export interface Bar {
  kind: 'bias' | Contribution['kind'] | 'score';
  title: string;
  /** Milli-logits: what it adds; for the score, what it comes to. */
  value: number;
  /** Percent of the width. */
  left: number;
  width: number;
}

/** From where on something is done. */
export interface Line {
  title: string;
  /** Permille. */
  probability: number;
  /** Percent of the width. */
  left: number;
}

/** What a chart is drawn of: an outcome, or a try in the playground. */
export type Scored = Pick<Outcome, 'bias' | 'contributions' | 'score' | 'bars' | 'probability'>;

export interface Waterfall {
  bars: Bar[];
  lines: Line[];
}

/** There is room for four names: a challenge, which an answer ends, is the least of what is done. */
const DRAWN: Outcome['bars'][number]['name'][] = ['review', 'delete', 'mute', 'ban'];
const LEAST_WIDTH = 0.6;

/** All values in milli-logits. The axis holds every step and the group's bars. */
export function waterfall({
  bias,
  contributions,
  score,
  bars
}: Omit<Scored, 'probability'>): Waterfall {
  let sum = bias;
  const steps = inTurn(contributions).map((contribution) => {
    const from = sum;
    sum += contribution.contribution;
    return { contribution, from, to: sum };
  });
  const lines = bars
    .filter(({ name }) => DRAWN.includes(name))
    .map(({ name, probability }) => ({ title: name, probability, at: logit(probability) }));
  const values = [0, bias, score, ...steps.map(({ to }) => to), ...lines.map(({ at }) => at)];
  const least = Math.min(...values);
  const range = Math.max(...values) - least;
  const percent = (value: number) => round(((value - least) / range) * 100);
  const between = (from: number, to: number) => ({
    left: percent(Math.min(from, to)),
    width: Math.max(LEAST_WIDTH, round((Math.abs(to - from) / range) * 100))
  });
  return {
    bars: [
      { kind: 'bias', title: 'Any message', value: bias, ...between(0, bias) },
      ...steps.map(({ contribution: { kind, title, contribution }, from, to }) => ({
        kind,
        title,
        value: contribution,
        ...between(from, to)
      })),
      { kind: 'score', title: 'Score', value: score, ...between(0, score) }
    ],
    lines: lines.map(({ title, probability, at }) => ({ title, probability, left: percent(at) }))
  };
}

const TURNS = ['context', 'evidence', 'trust'];

/** Who sends, then what it says, then what speaks for the sender; of each the strongest first. */
export function inTurn(contributions: Contribution[]): Contribution[] {
  return contributions.toSorted(
    (a, b) =>
      TURNS.indexOf(a.kind) - TURNS.indexOf(b.kind) ||
      Math.abs(b.contribution) - Math.abs(a.contribution)
  );
}

/** Milli-logits of a probability in permille. */
export function logit(probability: number): number {
  return 1000 * Math.log(probability / (1000 - probability));
}

/** Milli-logits as people read them: "+1.5", "−2.2". */
export function signed(value: number): string {
  const text = (Math.abs(value) / 1000).toFixed(1);
  return value < 0 ? `−${text}` : `+${text}`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
