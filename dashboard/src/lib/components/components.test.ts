import { mount, unmount } from 'svelte';
import { afterEach, expect, test } from 'vitest';
import { action, contribution, outcome } from '#lib/testing/outcomes.ts';
import FeedbackButtons from './FeedbackButtons.svelte';
import MarkedText from './MarkedText.svelte';
import VerdictChip from './VerdictChip.svelte';
import WaterfallChart from './WaterfallChart.svelte';

let mounted: Record<string, unknown> | undefined;
afterEach(() => mounted && unmount(mounted));

test('a mark names its signals to eyes and ears', () => {
  const contributions = [contribution({ spans: [{ place: 'text', offset: 5, length: 4 }] })];
  const text = { place: 'text', text: 'join t.me now' };
  mounted = mount(MarkedText, { target: document.body, props: { text, contributions } });
  const mark = document.querySelector('mark');
  expect(mark?.title).toBe('Invite link');
  expect(mark?.firstChild?.textContent).toBe('t.me');
  expect(mark?.querySelector('.sr-only')?.textContent).toContain('Invite link');
});

test('markup in a message stays text', () => {
  const text = { place: 'text', text: '<img src=x onerror=alert(1)>' };
  mounted = mount(MarkedText, { target: document.body, props: { text, contributions: [] } });
  expect(document.querySelector('img')).toBeNull();
});

test('the waterfall lists every step from the start to the score', () => {
  const shown = outcome(1, {
    contributions: [contribution()],
    score: -700,
    probability: 332,
    bars: [{ name: 'delete', probability: 600 }]
  });
  mounted = mount(WaterfallChart, { target: document.body, props: { outcome: shown } });
  expect(document.querySelector('ul')?.textContent).toMatch(/delete\s+60%/);
  const rows = [...document.querySelectorAll('ol li')].map((row) =>
    row.textContent.replace(/\s+/g, ' ').trim()
  );
  expect(rows).toEqual(['Any message −2.2', 'Invite link +1.5', 'Score 33 %']);
});

test('the chip says what was done and how sure it is', () => {
  const shown = outcome(1, { actions: [action()] });
  mounted = mount(VerdictChip, { target: document.body, props: { outcome: shown } });
  expect(document.body.textContent).toContain('deleted');
  expect(document.body.textContent).toContain('score 91 %');
});

test('what was said of a message is pressed, and pressing it again takes it back', () => {
  const said: unknown[] = [];
  const onsay = (label: unknown) => said.push(label);
  mounted = mount(FeedbackButtons, { target: document.body, props: { label: 'spam', onsay } });
  const [spam, ham] = document.querySelectorAll('button');
  expect([spam, ham].map((button) => button?.ariaPressed)).toEqual(['true', 'false']);
  spam?.click();
  ham?.click();
  expect(said).toEqual([null, 'ham']);
});
