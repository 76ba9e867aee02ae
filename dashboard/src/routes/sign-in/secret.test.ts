import { expect, test } from 'vitest';
import { initDataOf, returnOf, secretOf } from './secret.ts';

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

test('a Mini App is known by what Telegram puts into the fragment', () => {
  const data = 'user=%7B%22id%22%3A5%7D&hash=ab';
  expect(initDataOf(`#tgWebAppData=${encodeURIComponent(data)}&tgWebAppVersion=9.1`)).toBe(data);
  expect(initDataOf('#link=abc')).toBeNull();
});

test('who comes back from the issuer brings a code and a state', () => {
  expect(returnOf('?code=a%2Fb&state=c')).toEqual({ code: 'a/b', state: 'c' });
  expect(returnOf('?error=access_denied&state=c')).toBeNull();
});
