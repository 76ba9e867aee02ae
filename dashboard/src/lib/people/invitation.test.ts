import { expect, test } from 'vitest';
import { forgetInvitation, keepInvitation, keptInvitation } from './invitation.ts';

test('an invitation waits for an hour, until it is taken up', () => {
  keepInvitation('abc', 0);
  expect(keptInvitation(3_599_000)).toBe('abc');
  expect(keptInvitation(3_601_000)).toBeNull();
  forgetInvitation();
  expect(keptInvitation(0)).toBeNull();
});

test('what is no invitation counts as none', () => {
  for (const kept of ['{', '7', '{"secret":7,"until":9e15}', '{"until":9e15}']) {
    localStorage.setItem('invitation', kept);
    expect(keptInvitation()).toBeNull();
  }
});
