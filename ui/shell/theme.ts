import { recall, remember } from '../platform/storage.ts';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

/** What was chosen here before; `system` unless something was. */
export function recallTheme(): Theme {
  const found = recall('theme');
  return THEMES.find((theme) => theme === found) ?? 'system';
}

/** Shows the page in a theme, and remembers it. */
export function applyTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
  remember('theme', theme === 'system' ? undefined : theme);
}
