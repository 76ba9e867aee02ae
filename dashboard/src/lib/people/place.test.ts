import { beforeEach, expect, test } from 'vitest';
import { keepPlace, takePlace } from './place.ts';

beforeEach(() => localStorage.clear());

test('a place is taken once', () => {
  keepPlace('/groups/1/-2/policy', 0);
  expect(takePlace(1000)).toBe('/groups/1/-2/policy');
  expect(takePlace(1000)).toBeNull();
});

test('after an hour nobody is led back', () => {
  keepPlace('/review', 0);
  expect(takePlace(60 * 60_000 + 1)).toBeNull();
});

test('what is no path of this host is no place', () => {
  for (const path of ['//elsewhere.example', 'https://elsewhere.example', '']) {
    keepPlace(path, 0);
    expect(takePlace(0)).toBeNull();
  }
});

test('what another version kept is left alone', () => {
  for (const kept of ['{', '7', '{"path": "/review"}']) {
    localStorage.setItem('place', kept);
    expect(takePlace(0)).toBeNull();
  }
});
