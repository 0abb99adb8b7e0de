import { useTranslations } from 'use-intl'
import { Frame } from './Frame'

/** The server does not answer; the question is repeated by itself. */
export function Unreachable() {
  const t = useTranslations()
  return (
    <Frame title={t('error.title')} lead={t('error.unreachable')}>
      <p className="muted" role="status">
        {t('app.loading')}
      </p>
    </Frame>
  )
}
