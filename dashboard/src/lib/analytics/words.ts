/** Analytics in words and lines. */
import type { Analytics, AnalyticsAction, AnalyticsDay } from '#lib/api/schema.d.ts';

export const RESULTS = [
  { name: 'caught', title: 'Caught', colour: 'accent', dash: [] },
  { name: 'overturned', title: 'Overturned', colour: 'evidence', dash: [6, 3] },
  { name: 'missed', title: 'Missed', colour: 'context', dash: [2, 3] }
] as const;

export const SPANS = [7, 30, 90, 400] as const;

export const ACTION_WORDS: Record<AnalyticsAction['kind'], string> = {
  delete_message: 'Message deleted',
  delete_reactions: 'Reactions deleted',
  challenge: 'Challenged',
  mute: 'Muted',
  kick: 'Removed',
  ban: 'Banned',
  undo: 'Undone'
};

const DAY_SECONDS = 86_400;

export interface Days {
  from: string;
  to: string;
}

/** So many days, that of `now` the last, UTC. */
export function lastDays(count: number, now: Date): Days {
  return {
    from: new Date(now.getTime() - (count - 1) * DAY_SECONDS * 1000).toISOString().slice(0, 10),
    to: now.toISOString().slice(0, 10)
  };
}

/** What the days have together. */
export function totals(days: AnalyticsDay[]): Omit<AnalyticsDay, 'day'> {
  const sum = { judged: 0, caught: 0, overturned: 0, missed: 0, observed: 0 };
  for (const day of days) {
    for (const name of Object.keys(sum) as (keyof typeof sum)[]) sum[name] += day[name];
  }
  return sum;
}

export function isEmpty({ days, signals }: Analytics): boolean {
  const { judged, missed } = totals(days);
  return judged + missed + signals.length === 0;
}

/** Of a day's beginning, UTC, since 1970. */
export function secondsOf(day: string): number {
  return Date.parse(day) / 1000;
}

/** As uPlot takes it: the days in seconds, then the lines of RESULTS. */
export function lines(days: AnalyticsDay[]): number[][] {
  return [
    days.map(({ day }) => secondsOf(day)),
    ...RESULTS.map(({ name }) => days.map((day) => day[name]))
  ];
}

/** The days that a brush from second to second touches, within those shown; null where it is none. */
export function brushed(days: AnalyticsDay[], from: number, to: number): Days | null {
  const half = DAY_SECONDS / 2;
  const touched = days.filter(({ day }) => {
    const at = secondsOf(day);
    return at + half > from && at - half < to;
  });
  const [first, last] = [touched[0], touched.at(-1)];
  return first && last ? { from: first.day, to: last.day } : null;
}

export function precisionWords(precision: number | null): string {
  return precision === null ? 'too few' : `${(precision * 100).toFixed(1)} %`;
}

/** How long spam stood at most; "–" where nothing was deleted. */
export function durationWords(ms: number | null, count: number): string {
  if (count === 0) return '–';
  if (ms === null) return 'over 1 h';
  if (ms < 60_000) return `${ms / 1000} s`;
  return ms < 3_600_000 ? `${ms / 60_000} min` : `${ms / 3_600_000} h`;
}
