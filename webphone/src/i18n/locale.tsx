import {
  createContext,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useState,
  type ReactNode,
} from 'react'
import { I18nProvider } from 'react-aria-components'
import { IntlProvider } from 'use-intl'
import type { Language, Theme } from '../api/types'
import { directionOf, isLanguage, LOCALES, MESSAGES, preferred } from '.'
import type en from './en.json'

declare module 'use-intl' {
  interface AppConfig {
    Messages: typeof en
  }
}

type Spoken = Pick<Appearance, 'language' | 'picked'>

interface Appearance {
  language: Language
  theme: Theme
  /** What somebody not signed in picked on this page; it wins over what is stored for them. */
  picked: Language | null
  pickLanguage: (language: Language) => void
  setLanguage: (language: Language) => void
  setTheme: (theme: Theme) => void
}

const LANGUAGE_KEY = 'nidaa.language'
const THEME_KEY = 'nidaa.theme'
const AppearanceContext = createContext<Appearance | null>(null)

/** Language and theme: of the signed-in user, else what this browser had last. */
export function AppearanceProvider({ children }: { children: ReactNode }) {
  const [{ language, picked }, setSpoken] = useState<Spoken>(rememberedLanguage)
  const [theme, setTheme] = useState<Theme>(rememberedTheme)

  useEffect(() => {
    localStorage.setItem(LANGUAGE_KEY, language)
    document.documentElement.lang = language
    document.documentElement.dir = directionOf(language)
  }, [language])

  useEffect(() => {
    localStorage.setItem(THEME_KEY, theme)
    document.documentElement.dataset['theme'] = theme
  }, [theme])

  const pickLanguage = useCallback(
    (wanted: Language) => setSpoken({ language: wanted, picked: wanted }),
    [],
  )
  const setLanguage = useCallback(
    (wanted: Language) => setSpoken({ language: wanted, picked: null }),
    [],
  )
  const value = useMemo(
    () => ({ language, theme, picked, pickLanguage, setLanguage, setTheme }),
    [language, theme, picked, pickLanguage, setLanguage],
  )
  return (
    <AppearanceContext value={value}>
      <IntlProvider
        locale={LOCALES[language]}
        messages={MESSAGES[language] as typeof en}
        timeZone={Intl.DateTimeFormat().resolvedOptions().timeZone}
      >
        <I18nProvider locale={LOCALES[language]}>{children}</I18nProvider>
      </IntlProvider>
    </AppearanceContext>
  )
}

export function useAppearance(): Appearance {
  const value = useContext(AppearanceContext)
  if (!value) throw new Error('useAppearance outside AppearanceProvider')
  return value
}

function rememberedLanguage(): Spoken {
  const stored = localStorage.getItem(LANGUAGE_KEY)
  const language = isLanguage(stored) ? stored : preferred(navigator.languages)
  return { language, picked: null }
}

function rememberedTheme(): Theme {
  const stored = localStorage.getItem(THEME_KEY)
  return stored === 'light' || stored === 'dark' ? stored : 'system'
}
