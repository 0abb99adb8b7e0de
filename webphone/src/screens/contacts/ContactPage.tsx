import { Link, useParams } from '@tanstack/react-router'
import { ArrowLeft } from 'lucide-react'
import { useTranslations } from 'use-intl'
import { ContactRecord } from './ContactRecord'

export function ContactPage() {
  const t = useTranslations('rail')
  const { contact } = useParams({ from: '/contacts/$contact' })
  return (
    <main className="centre">
      <Link to="/contacts" className="back">
        <ArrowLeft size={16} aria-hidden className="mirror" /> {t('contacts')}
      </Link>
      <ContactRecord key={contact} contact={contact} />
    </main>
  )
}
