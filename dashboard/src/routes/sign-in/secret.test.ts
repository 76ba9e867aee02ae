import { expect, test } from 'vitest';
import { secretOf } from './secret.ts';

test.each([
  ['http://127.0.0.1:8080/sign-in#link=abc-_1', 'abc-_1'],
  ['#link=abc', 'abc'],
  ['  abc  ', 'abc'],
  ['http://127.0.0.1:8080/sign-in', null],
  ['#other=abc', null],
  ['', null]
])('the secret of %j is %j', (link, secret) => {
  expect(secretOf(link)).toBe(secret);
});
