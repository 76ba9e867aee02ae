/** Light, dark, or as the system has it; kept in this browser. */
export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

export class ThemeChoice {
  current = $state<Theme>(stored());

  next(): void {
    this.current = THEMES[(THEMES.indexOf(this.current) + 1) % THEMES.length] ?? 'system';
    localStorage.setItem('theme', this.current);
    document.documentElement.dataset.theme = this.current;
  }
}

function stored(): Theme {
  const found = localStorage.getItem('theme');
  return THEMES.find((theme) => theme === found) ?? 'system';
}
