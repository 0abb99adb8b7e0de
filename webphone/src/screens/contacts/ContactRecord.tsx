import { Pencil } from 'lucide-react'
import { useState } from 'react'
import { useTranslations } from 'use-intl'
import type { ContactCard } from '../../api/contracts.gen'
import { useContact, useContactHistory } from '../../api/queries'
import type { Contact } from '../../api/types'
import { Badge, Button } from '../../components/controls'
import { Problem } from '../../components/problem'
import { initials } from '../../i18n/format'
import { HistoryList } from '../history/HistoryList'
import { LastContact } from '../workspace/Chooser'
import { CardHeader } from './CardHeader'
import { ContactFacts } from './ContactFacts'
import { ContactForm } from './ContactForm'

interface ContactRecordProps {
  contact: string
  /** What the server pushed with the call: shown until, and if ever, the record arrives. */
  card?: ContactCard
  /** The call going on with this contact, which is not history yet. */
  conversation?: string
}

/** One contact: card, facts, history. */
export function ContactRecord({ contact, card, conversation }: ContactRecordProps) {
  const t = useTranslations()
  const record = useContact(contact)
  const history = useContactHistory(contact)
  const [isEditing, setEditing] = useState(false)
  const shown: Head | undefined = record.data ?? card

  return (
    <>
      <section className="card">
        {shown && (
          <ContactHead
            shown={shown}
            onEdit={record.data && !isEditing ? () => setEditing(true) : undefined}
          />
        )}
        {record.isError && <Problem problem={record.error} onRetry={() => void record.refetch()} />}
        {card && <CardSummary card={card} />}
        {record.data && !isEditing && <ContactFacts contact={record.data} />}
        {record.data && isEditing && (
          <ContactForm
            contact={record.data}
            onSaved={() => setEditing(false)}
            onCancel={() => setEditing(false)}
          />
        )}
      </section>
      <section className="card">
        <h2>{t('history.of')}</h2>
        <HistoryList history={history} emptyText={t('history.empty')} except={conversation} />
      </section>
    </>
  )
}

type Head = Pick<Contact, 'name' | 'company' | 'is_vip' | 'wilaya'> & { language: string }

function ContactHead({ shown, onEdit }: { shown: Head; onEdit?: () => void }) {
  const t = useTranslations()
  return (
    <CardHeader
      face={initials(shown.name)}
      name={shown.name}
      subtitle={[shown.company, shown.wilaya].filter(Boolean).join(' · ')}
      badges={
        <>
          {shown.is_vip && <Badge tone="vip">{t('contact.vip')}</Badge>}
          <LanguageBadge language={shown.language} />
        </>
      }
      actions={
        onEdit && (
          <Button
            icon={<Pencil size={15} aria-hidden />}
            onPress={onEdit}
            data-testid="edit-contact"
          >
            {t('app.edit')}
          </Button>
        )
      }
    />
  )
}

function LanguageBadge({ language }: { language: string }) {
  const t = useTranslations('contact')
  const key = `lang_${language}` as 'lang_fr'
  return t.has(key) ? <Badge>{t(key)}</Badge> : null
}

/** What matters before saying hello: how often they called, what was noted last. */
function CardSummary({ card }: { card: ContactCard }) {
  const t = useTranslations('contact')
  return (
    <div className="summary">
      <LastContact card={card} />
      {card.last_note && (
        <blockquote>
          <span className="muted">{t('lastNote')}</span>
          <p dir="auto">{card.last_note}</p>
        </blockquote>
      )}
    </div>
  )
}
