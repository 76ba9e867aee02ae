/** Subjects in words. */

/** "operator", "user:5" or the like; by their name where it is known. */
export function personWords(subject: string | null, name: string | null = null): string {
  if (name) return name;
  if (subject === null) return '';
  return subject === 'operator' ? 'the operator' : subject.replace(/^user:/, 'user ');
}

const DATE_AND_TIME = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' });
const DATE = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium' });

/** "20 Nov 2026, 09:00", in the reader's own time. */
export function dateTime(date: string): string {
  return DATE_AND_TIME.format(new Date(date));
}

/** "20 Nov 2026". */
export function day(date: string): string {
  return DATE.format(new Date(date));
}

/** When a day of a calendar ("2026-11-20") begins here, or one so many days later; for the API. */
export function startOf(day: string, later = 0): string {
  const date = new Date(`${day}T00:00`);
  date.setDate(date.getDate() + later);
  return date.toISOString();
}
