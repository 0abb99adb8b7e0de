import ar from './ar.json'
import en from './en.json'
import fr from './fr.json'
import type { Language } from '../api/types'

export const LANGUAGES: readonly Language[] = ['fr', 'ar', 'en']
export const MESSAGES = { fr, ar, en } as const

/** Each language as its speakers call it. */
export const OWN_NAMES: Record<Language, string> = { fr: 'Français', ar: 'العربية', en: 'English' }

/** Algerian usage: digits 0-9 also in Arabic, the day before the month. */
export const LOCALES: Record<Language, string> = { fr: 'fr-DZ', ar: 'ar-DZ', en: 'en-GB' }

export function directionOf(language: Language): 'rtl' | 'ltr' {
  return language === 'ar' ? 'rtl' : 'ltr'
}

export function isLanguage(value: unknown): value is Language {
  return LANGUAGES.includes(value as Language)
}

/** The first of these that we speak; French otherwise. */
export function preferred(wanted: readonly string[]): Language {
  return wanted.map((tag) => tag.slice(0, 2)).find(isLanguage) ?? 'fr'
}
