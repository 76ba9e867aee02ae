import { expect, test } from 'vitest';
import { answerWords, deliveryWords } from './words.ts';

test('an answer is told by its status, or by why there was none', () => {
  expect(answerWords({ status: 500, error: 'status' })).toBe('status 500');
  expect(answerWords({ status: null, error: 'timeout' })).toBe('no answer within ten seconds');
  expect(answerWords({ status: null, error: null })).toBe('');
});

test('a delivery says whether it arrived, waits, or was given up, and why', () => {
  const failed = { status: 503, error: 'status' };
  expect(deliveryWords({ state: 'delivered', tries: 2, status: 204, error: null })).toBe('arrived');
  expect(deliveryWords({ state: 'dead', tries: 9, ...failed })).toBe('given up: status 503');
  expect(deliveryWords({ state: 'waiting', tries: 0, status: null, error: null })).toBe('waits');
  expect(deliveryWords({ state: 'waiting', tries: 3, ...failed })).toBe(
    'waits after 3 of 9 tries: status 503'
  );
});
