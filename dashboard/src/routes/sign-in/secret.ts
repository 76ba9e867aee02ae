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
