import { describe, expect, it, vi } from 'vitest';
import { UNREACHABLE } from '#lib/api/session.ts';
import { Change } from './change.svelte.ts';

describe('a change', () => {
  it('tells what was done, once the page shows it', async () => {
    const after = vi.fn(async () => {});
    const change = new Change(after);
    change.asked = 'key 1';
    const making = change.make(async () => 'Done.');
    expect(change.busy).toBe(true);
    await making;
    expect(after).toHaveBeenCalledOnce();
    expect([change.busy, change.news, change.refusal, change.asked]).toEqual([
      false,
      'Done.',
      '',
      null
    ]);
  });

  it('tells why it was not done, and shows nothing anew', async () => {
    const after = vi.fn(async () => {});
    const change = new Change(after);
    await change.make(() => Promise.reject(UNREACHABLE));
    expect(after).not.toHaveBeenCalled();
    expect(change.busy).toBe(false);
    expect(change.news).toBe('');
    expect(change.refusal).toContain(UNREACHABLE.problem.title);
  });

  it('forgets what was told of the one before', async () => {
    const change = new Change(async () => {});
    await change.make(() => Promise.reject(UNREACHABLE));
    await change.make(async () => '');
    expect(change.refusal).toBe('');
  });
});
