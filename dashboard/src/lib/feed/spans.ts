/** Cuts a text at the words that set signals off. Offsets are UTF-16 code units, as JavaScript counts. */
import type { Contribution, Outcome, Text } from '#lib/api/schema.d.ts';

export interface Piece {
  text: string;
  /** The signals that these words set off, the strongest first; none for plain text. */
  marks: Contribution[];
}

/** The pieces of a text at its place, in order; joined they are the text. */
export function cut(text: string, place: string, contributions: Contribution[]): Piece[] {
  const spans = contributions.flatMap((contribution) =>
    contribution.spans
      .filter((span) => span.place === place)
      .map(({ offset, length }) => ({
        start: clamp(offset, text.length),
        end: clamp(offset + length, text.length),
        contribution
      }))
      .filter(({ start, end }) => start < end)
  );
  const edges = new Set([0, text.length, ...spans.flatMap(({ start, end }) => [start, end])]);
  const borders = [...edges].sort((a, b) => a - b);
  return borders.slice(0, -1).map((start, index) => {
    const end = borders[index + 1] ?? text.length;
    const marks = spans.filter((span) => span.start <= start && end <= span.end);
    return { text: text.slice(start, end), marks: byStrength(marks.map((m) => m.contribution)) };
  });
}

/** The texts to show: all but the sender's name, which stands elsewhere, unless its words are a reason. */
export function shownTexts({ texts, contributions }: Outcome): Text[] {
  const marked = new Set(contributions.flatMap(({ spans }) => spans.map(({ place }) => place)));
  return texts.filter(({ place }) => place !== 'sender_name' || marked.has(place));
}

function byStrength(contributions: Contribution[]): Contribution[] {
  return [...new Set(contributions)].sort(
    (a, b) => Math.abs(b.contribution) - Math.abs(a.contribution)
  );
}

function clamp(value: number, most: number): number {
  return Math.min(Math.max(value, 0), most);
}
