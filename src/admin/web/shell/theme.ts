import { type Theme, teamsHighContrastTheme, webDarkTheme, webLightTheme } from '@fluentui/react-components';
import { useCallback, useSyncExternalStore } from 'react';

export const THEME_CHOICES = ['system', 'light', 'dark', 'high-contrast'] as const;
export type ThemeChoice = (typeof THEME_CHOICES)[number];

const KEY = 'touchtone-theme';
const CHANGED = 'touchtone-theme-changed';

const DARK = '(prefers-color-scheme: dark)';
const MORE_CONTRAST = '(prefers-contrast: more)';
const FORCED = '(forced-colors: active)';

function storedChoice(): ThemeChoice {
  try {
    const stored = localStorage.getItem(KEY);
    return THEME_CHOICES.find((choice) => choice === stored) ?? 'system';
  } catch {
    // A browser may keep nothing for this site.
    return 'system';
  }
}

function subscribe(listener: () => void): () => void {
  const queries = [DARK, MORE_CONTRAST, FORCED].map((query) => matchMedia(query));
  for (const query of queries) query.addEventListener('change', listener);
  window.addEventListener(CHANGED, listener);
  return () => {
    for (const query of queries) query.removeEventListener('change', listener);
    window.removeEventListener(CHANGED, listener);
  };
}

const THEMES: Readonly<Record<Exclude<ThemeChoice, 'system'>, Theme>> = {
  light: webLightTheme,
  dark: webDarkTheme,
  'high-contrast': teamsHighContrastTheme,
};

/** What the system asks for; a system that forces its own colours is left alone. */
function systemTheme(): Exclude<ThemeChoice, 'system'> {
  if (matchMedia(MORE_CONTRAST).matches && !matchMedia(FORCED).matches) return 'high-contrast';
  return matchMedia(DARK).matches ? 'dark' : 'light';
}

export interface ChosenTheme {
  readonly choice: ThemeChoice;
  readonly theme: Theme;
  /** `light` or `dark`, for what the browser draws itself. */
  readonly scheme: 'light' | 'dark';
  choose(choice: ThemeChoice): void;
}

/** The theme that somebody has chosen on this machine, or that the system asks for. */
export function useChosenTheme(): ChosenTheme {
  const choice = useSyncExternalStore(subscribe, storedChoice);
  const shown = useSyncExternalStore(subscribe, () => (choice === 'system' ? systemTheme() : choice));
  const choose = useCallback((next: ThemeChoice) => {
    try {
      localStorage.setItem(KEY, next);
    } catch {
      // Then it holds for nothing, which does no harm.
    }
    window.dispatchEvent(new Event(CHANGED));
  }, []);
  return { choice, theme: THEMES[shown], scheme: shown === 'light' ? 'light' : 'dark', choose };
}
