import type { ReactNode } from 'react'
import { useTranslations } from 'use-intl'
import { LANGUAGES, OWN_NAMES } from '../../i18n'
import { useAppearance } from '../../i18n/locale'

/** The page before somebody is signed in: brand, language switch, one card. */
export function Frame({ title, lead, children }: FrameProps) {
  const t = useTranslations('app')
  const { language, pickLanguage } = useAppearance()
  return (
    <div className="gate">
      <header className="gate-top">
        <Brand />
        <div role="group" aria-label={t('language')} className="segmented">
          {LANGUAGES.map((one) => (
            <button
              key={one}
              type="button"
              lang={one}
              aria-pressed={one === language}
              onClick={() => pickLanguage(one)}
              data-testid={`language-${one}`}
            >
              {OWN_NAMES[one]}
            </button>
          ))}
        </div>
      </header>
      <main className="gate-card">
        <h1>{title}</h1>
        <p className="muted">{lead}</p>
        {children}
      </main>
    </div>
  )
}

interface FrameProps {
  title: string
  lead: string
  children: ReactNode
}

export function Brand() {
  const t = useTranslations('app')
  return (
    <span className="brand">
      <img src="/favicon.svg" alt="" width={28} height={28} />
      <span>{t('name')}</span>
    </span>
  )
}
