import { expect, test } from 'vitest';
import {
  expiryDay,
  fieldOf,
  hasExpired,
  newRule,
  readExpiry,
  readVerdict,
  verdictTitle
} from './words.ts';

test('a verdict is one choice of message and sender', () => {
  expect(verdictTitle({ verdict: readVerdict('delete mute') })).toBe('delete, and mute');
  expect(verdictTitle(newRule())).toBe('review');
});

test('a rule ends when its day begins here', () => {
  const ends = readExpiry('2026-12-01');
  expect(ends).toBe(new Date(2026, 11, 1).getTime() / 1000);
  expect(expiryDay({ expires_at: ends })).toBe('2026-12-01');
  expect(readExpiry('')).toBeNull();
  expect(expiryDay({ expires_at: null })).toBe('');
  expect(hasExpired({ expires_at: ends }, new Date(2026, 11, 2))).toBe(true);
  expect(hasExpired({ expires_at: null })).toBe(false);
});

test('an error is told at its field, whichever endpoint names it', () => {
  expect(fieldOf('rules[2] ("a: (b)"): pattern')).toBe('pattern');
  expect(fieldOf('rules[0].kind')).toBe('kind');
  expect(fieldOf('rule.verdict.sender')).toBe('verdict.sender');
  expect(fieldOf('mute_days')).toBe('');
});
