/** Where somebody was when their session ended: once signed in again they go on there. In this browser, since a sign-in link opens another tab. */
const KEY = 'place';
const LASTS_MS = 60 * 60_000;

export function keepPlace(path: string, now = Date.now()): void {
  localStorage.setItem(KEY, JSON.stringify({ path, until: now + LASTS_MS }));
}

/** Forgotten once it is taken. Null where there is none, or where it has waited for more than an hour. */
export function takePlace(now = Date.now()): string | null {
  const text = localStorage.getItem(KEY);
  localStorage.removeItem(KEY);
  try {
    const kept: unknown = JSON.parse(text ?? 'null');
    if (typeof kept !== 'object' || kept === null) return null;
    if (!('path' in kept) || !('until' in kept)) return null;
    // A path of this host: "//elsewhere" would be another one.
    if (typeof kept.path !== 'string' || !/^\/(?!\/)/.test(kept.path)) return null;
    return Number(kept.until) < now ? null : kept.path;
  } catch {
    return null;
  }
}
