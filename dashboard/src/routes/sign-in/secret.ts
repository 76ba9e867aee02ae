/** The secret of a sign-in link, its fragment, or the bare secret; null where there is none. */
export function secretOf(link: string): string | null {
  const text = link.trim();
  const hash = text.indexOf('#');
  const secret =
    hash < 0 && !text.includes('/')
      ? text
      : new URLSearchParams(hash < 0 ? '' : text.slice(hash + 1)).get('link');
  return secret || null;
}

/** What Telegram hands to a Mini App, in the fragment; null where it is none. */
export function initDataOf(hash: string): string | null {
  return new URLSearchParams(hash.replace(/^#/, '')).get('tgWebAppData') || null;
}

/** What an OpenID issuer sends the browser back with; null where it is nothing of that kind. */
export function returnOf(search: string): { code: string; state: string } | null {
  const query = new URLSearchParams(search);
  const [code, state] = [query.get('code'), query.get('state')];
  return code && state ? { code, state } : null;
}
