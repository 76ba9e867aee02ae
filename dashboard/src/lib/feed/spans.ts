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
export function shownTexts({
  texts,
  contributions
}: Pick<Outcome, 'texts' | 'contributions'>): Text[] {
  const marked = new Set(contributions.flatMap(({ spans }) => spans.map(({ place }) => place)));
  return texts.filter(({ place }) => place !== 'sender_name' || marked.has(place));
}

const PLACES: Record<string, string> = {
  caption: 'caption',
  quote: 'quoted post',
  button: 'button',
  button_copy: 'text a button copies',
  button_url: 'address of a button',
  link_target: 'where the link leads',
  link_preview: 'preview of the link',
  sender_name: 'name of the sender',
  sender_tag: 'tag of the sender',
  forward_origin: 'where it was forwarded from',
  via_bot: 'bot it was sent through',
  'contact.name': 'name of the shared contact',
  'contact.vcard': 'card of the shared contact',
  'poll.question': 'question of the poll',
  'poll.option': 'answer of the poll',
  'poll.explanation': 'explanation of the quiz',
  'poll.media': 'picture or link of the poll',
  'poll.description': 'description of the poll',
  'checklist.title': 'title of the checklist',
  'checklist.task': 'task of the checklist',
  rich_message: 'text of the post',
  'venue.title': 'name of the place',
  'venue.address': 'address of the place',
  file_name: 'name of the file',
  'audio.title': 'title of the audio',
  'audio.performer': 'performer of the audio',
  'game.title': 'title of the game',
  'game.description': 'description of the game',
  'game.text': 'text of the game',
  'gift.text': 'words with the gift',
  'topic.name': 'name of the topic',
  'invoice.title': 'title of the invoice',
  'invoice.description': 'description of the invoice',
  'giveaway.prize': 'prize of the giveaway',
  web_app_data: 'data of a Mini App',
  story: 'story',
  bio: 'bio of the sender',
  personal_channel: 'personal channel of the sender',
  'picture.link': 'code in the picture',
  'picture.text': 'words in the picture'
};

/** A place in people's words: "button:0:1" is a button; '' for the message's own text. */
export function placeLabel(place: string): string {
  if (place === 'text') return '';
  const name = place.split(':')[0] ?? place;
  return PLACES[name] ?? name.replaceAll(/[_.]/g, ' ');
}

function byStrength(contributions: Contribution[]): Contribution[] {
  return [...new Set(contributions)].sort(
    (a, b) => Math.abs(b.contribution) - Math.abs(a.contribution)
  );
}

function clamp(value: number, most: number): number {
  return Math.min(Math.max(value, 0), most);
}
