import { Link } from '@tanstack/react-router'
import { Activity, BookUser, Headset, History } from 'lucide-react'
import { useTranslations } from 'use-intl'
import { useSession } from '../../app/session'

export function Rail() {
  const t = useTranslations('rail')
  const { agent } = useSession()
  return (
    <nav className="rail" aria-label={t('label')}>
      <Link to="/" className="rail-link" activeOptions={{ exact: true }}>
        {agent ? <Headset size={20} aria-hidden /> : <Activity size={20} aria-hidden />}
        <span>{agent ? t('workspace') : t('live')}</span>
      </Link>
      <Link to="/contacts" className="rail-link">
        <BookUser size={20} aria-hidden />
        <span>{t('contacts')}</span>
      </Link>
      <Link to="/history" className="rail-link">
        <History size={20} aria-hidden />
        <span>{t('history')}</span>
      </Link>
    </nav>
  )
}
