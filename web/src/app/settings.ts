// What a person chose, kept in this browser only.
import { shared, useShared } from './store';

export const languages = ['ja', 'easy', 'en'] as const;
export type Language = (typeof languages)[number];
export const roles = ['visitor', 'resident', 'staff', 'professional', 'operator'] as const;
export type Role = (typeof roles)[number];
export const themes = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];
export const textSizes = ['normal', 'large', 'largest'] as const;
export type TextSize = (typeof textSizes)[number];

export interface Settings {
  language: Language;
  role: Role;
  theme: Theme;
  textSize: TextSize;
  /** The id of the person's municipality, "" when none is chosen. */
  municipality: string;
  /** Single keys that act anywhere on a page. */
  shortcuts: boolean;
}

const place = 'tsunagu.settings';

/** What was kept, as far as it makes sense; the browser's language decides where nothing was. */
export function readSettings(kept: string | null, browserLanguage: string): Settings {
  let found: Partial<Record<keyof Settings, unknown>> = {};
  try {
    const parsed: unknown = JSON.parse(kept ?? '{}');
    if (parsed && typeof parsed === 'object') found = parsed;
  } catch {
    // unreadable: as if nothing was kept
  }
  const one = <T extends string>(values: readonly T[], value: unknown, otherwise: T): T =>
    values.includes(value as T) ? (value as T) : otherwise;
  return {
    language: one(languages, found.language, browserLanguage.toLowerCase().startsWith('ja') ? 'ja' : 'en'),
    role: one(roles, found.role, 'visitor'),
    theme: one(themes, found.theme, 'auto'),
    textSize: one(textSizes, found.textSize, 'normal'),
    municipality: typeof found.municipality === 'string' ? found.municipality : '',
    shortcuts: found.shortcuts !== false,
  };
}

function keptText(): string | null {
  try {
    return localStorage.getItem(place);
  } catch {
    return null; // storage is forbidden: settings live as long as the page
  }
}

export const settings = shared<Settings>(
  readSettings(typeof localStorage === 'undefined' ? null : keptText(), typeof navigator === 'undefined' ? 'ja' : navigator.language),
);

export function change(part: Partial<Settings>): void {
  settings.set({ ...settings.get(), ...part });
  try {
    localStorage.setItem(place, JSON.stringify(settings.get()));
  } catch {
    // as above
  }
}

export const useSettings = (): Settings => useShared(settings);

/** The theme in effect. */
export function isDark(theme: Theme): boolean {
  return theme === 'dark' || (theme === 'auto' && matchMedia('(prefers-color-scheme: dark)').matches);
}
