import { useState } from 'react'
import { Input, Label, SearchField } from 'react-aria-components'
import { useTranslations } from 'use-intl'
import { useContactSearch } from '../../api/queries'
import { Button } from '../../components/controls'
import { PhoneNumber } from '../../components/text'

const SHOWN = 6

interface ContactFinderProps {
  label?: string
  onChoose: (contact: string) => void
}

/** Find the caller among the contacts by name. */
export function ContactFinder({ label, onChoose }: ContactFinderProps) {
  const t = useTranslations('contact')
  const [q, setQ] = useState('')
  const found = useContactSearch(q)
  const items = q.trim() ? (found.data?.pages[0]?.items ?? []).slice(0, SHOWN) : []
  return (
    <div className="finder">
      <SearchField className="field" value={q} onChange={setQ}>
        <Label>{label ?? t('search')}</Label>
        <Input data-testid="find-contact" />
      </SearchField>
      <ul className="choices">
        {items.map((contact) => (
          <li key={contact.id} className="choice">
            <div className="choice-words">
              <strong>
                <bdi>{contact.name}</bdi>
              </strong>
              <span className="muted">
                {contact.company}{' '}
                {contact.numbers[0] && <PhoneNumber number={contact.numbers[0].e164} />}
              </span>
            </div>
            <Button onPress={() => onChoose(contact.id)}>{t('choose')}</Button>
          </li>
        ))}
      </ul>
      {q.trim() && found.isSuccess && items.length === 0 && (
        <p className="hint">{t('emptySearch', { q })}</p>
      )}
    </div>
  )
}
