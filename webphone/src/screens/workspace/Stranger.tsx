import { RotateCw, UserPlus } from 'lucide-react'
import { useState } from 'react'
import { useTranslations } from 'use-intl'
import { Button } from '../../components/controls'
import { PhoneNumber } from '../../components/text'
import { partyNumber } from '../../desk/caller'
import type { Panel } from '../../desk/panel'
import { CardHeader } from '../contacts/CardHeader'
import { ContactForm } from '../contacts/ContactForm'
import { ContactFinder } from './ContactFinder'

const HINTS = {
  none: ['none', 'noneHint'],
  anonymous: ['anonymous', 'anonymousHint'],
  unavailable: ['unavailable', 'unavailableHint'],
} as const

interface StrangerProps {
  panel: Panel
  /** Why there is no card, as in Match. */
  kind: string
  onChoose: (contact: string) => void
  onRetry: () => void
}

/** Nobody matched: make a contact of the number, or find the person by name. */
export function Stranger({ panel, kind, onChoose, onRetry }: StrangerProps) {
  const t = useTranslations('contact')
  const words = useTranslations('app')
  const [isNew, setNew] = useState(false)
  const number = partyNumber(panel)
  const [title, hint] = HINTS[kind as keyof typeof HINTS] ?? HINTS.none
  return (
    <section className="card">
      <CardHeader
        name={number ? <PhoneNumber number={number} /> : t(title)}
        subtitle={number ? t(title) : ''}
        actions={
          kind === 'unavailable' && (
            <Button
              icon={<RotateCw size={15} aria-hidden />}
              onPress={onRetry}
              data-testid="retry-contact"
            >
              {words('retry')}
            </Button>
          )
        }
      />
      <p className="muted">{t(hint)}</p>
      {isNew ? (
        <ContactForm
          number={number}
          onSaved={(contact) => onChoose(contact.id)}
          onCancel={() => setNew(false)}
        />
      ) : (
        <>
          <Button
            tone="primary"
            icon={<UserPlus size={16} aria-hidden />}
            onPress={() => setNew(true)}
            data-testid="new-contact"
          >
            {t('create')}
          </Button>
          <ContactFinder onChoose={onChoose} />
        </>
      )}
    </section>
  )
}
