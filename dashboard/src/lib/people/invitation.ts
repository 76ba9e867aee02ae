/** An invitation that waits until whoever opened it has signed in: in this browser, since a sign-in link opens another tab. */
const KEY = 'invitation';
const LASTS_MS = 60 * 60_000;

export function keepInvitation(secret: string, now = Date.now()): void {
  localStorage.setItem(KEY, JSON.stringify({ secret, until: now + LASTS_MS }));
}

/** Null where there is none, or it has waited for more than an hour. */
export function keptInvitation(now = Date.now()): string | null {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? 'null');
    if (typeof kept !== 'object' || kept === null) return null;
    if (!('secret' in kept) || !('until' in kept)) return null;
    if (typeof kept.secret !== 'string' || Number(kept.until) < now) return null;
    return kept.secret;
  } catch {
    return null;
  }
}

export function forgetInvitation(): void {
  localStorage.removeItem(KEY);
}
