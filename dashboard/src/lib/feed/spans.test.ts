import { expect, test } from 'vitest';
import { contribution, outcome } from '#lib/testing/outcomes.ts';
import { cut, placeLabel, shownTexts } from './spans.ts';

const marking = (title: string, offset: number, length: number, strength = 1000, place = 'text') =>
  contribution({ title, contribution: strength, spans: [{ place, offset, length }] });

const shown = (pieces: ReturnType<typeof cut>) =>
  pieces.map(({ text, marks }) => [text, marks.map(({ title }) => title).join('+')]);

test('a text without spans is one plain piece', () => {
  expect(shown(cut('hello', 'text', []))).toEqual([['hello', '']]);
});

test('an empty text has no pieces', () => {
  expect(cut('', 'text', [marking('a', 0, 3)])).toEqual([]);
});

test('the words of a signal become a marked piece', () => {
  expect(shown(cut('join t.me/x now', 'text', [marking('link', 5, 6)]))).toEqual([
    ['join ', ''],
    ['t.me/x', 'link'],
    [' now', '']
  ]);
});

test('offsets count UTF-16 code units, so an emoji before the words is two', () => {
  expect(shown(cut('🚀🚀 win', 'text', [marking('lure', 5, 3)]))).toEqual([
    ['🚀🚀 ', ''],
    ['win', 'lure']
  ]);
});

test('where spans overlap, the piece names both, the strongest first', () => {
  const pieces = cut('abcdef', 'text', [marking('weak', 0, 4, 500), marking('strong', 2, 4, -900)]);
  expect(shown(pieces)).toEqual([
    ['ab', 'weak'],
    ['cd', 'strong+weak'],
    ['ef', 'strong']
  ]);
});

test('two spans of one signal over the same words name it once', () => {
  const twice = contribution({
    title: 'model',
    spans: [
      { place: 'text', offset: 0, length: 3 },
      { place: 'text', offset: 0, length: 3 }
    ]
  });
  expect(shown(cut('abc', 'text', [twice]))).toEqual([['abc', 'model']]);
});

test('spans of another place and beyond the end mark nothing that is not there', () => {
  const contributions = [marking('caption', 0, 2, 1, 'caption'), marking('beyond', 3, 99)];
  expect(shown(cut('abcd', 'text', contributions))).toEqual([
    ['abc', ''],
    ['d', 'beyond']
  ]);
  expect(shown(cut('abcd', 'text', [marking('outside', 9, 2), marking('empty', 1, 0)]))).toEqual([
    ['abcd', '']
  ]);
});

test('the pieces joined are the text', () => {
  const text = 'я🙂سلام join';
  const contributions = [marking('a', 1, 4), marking('b', 2, 3), marking('c', 0, 20)];
  expect(
    cut(text, 'text', contributions)
      .map((piece) => piece.text)
      .join('')
  ).toBe(text);
});

test('a place is named in words, an unknown one by its name', () => {
  const places = ['text', 'contact.name', 'button:0:1', 'quote', 'new_kind.title:3'];
  expect(places.map(placeLabel)).toEqual([
    '',
    'name of the shared contact',
    'button',
    'quoted post',
    'new kind title'
  ]);
});

test("the sender's name is a text to show only where its words are a reason", () => {
  const texts = [
    { place: 'text', text: 'hello' },
    { place: 'sender_name', text: 'Cheap loans' }
  ];
  const places = (contributions: ReturnType<typeof marking>[]) =>
    shownTexts(outcome(1, { texts, contributions })).map(({ place }) => place);
  expect(places([])).toEqual(['text']);
  expect(places([marking('advert', 0, 5, 1, 'sender_name')])).toEqual(['text', 'sender_name']);
});
