import { useFormatter, useTranslations } from 'use-intl'
import type { ContactCard } from '../../api/contracts.gen'
import { Badge, Button } from '../../components/controls'
import { initials } from '../../i18n/format'
import { CardHeader } from '../contacts/CardHeader'
import { ContactFinder } from './ContactFinder'

interface ChooserProps {
  cards: readonly ContactCard[]
  onChoose: (contact: string) => void
}

/** Several contacts have the number: none is taken by itself. */
export function Chooser({ cards, onChoose }: ChooserProps) {
  const t = useTranslations('contact')
  return (
    <section className="card">
      <CardHeader name={t('many', { n: cards.length })} subtitle={t('manyHint')} />
      <ul className="choices">
        {cards.map((card) => (
          <li key={card.id} className="choice">
            <span className="face small" aria-hidden>
              {initials(card.name)}
            </span>
            <div className="choice-words">
              <strong>
                <bdi>{card.name}</bdi> {card.is_vip && <Badge tone="vip">{t('vip')}</Badge>}
              </strong>
              <span className="muted">{reasons(card)}</span>
              <LastContact card={card} />
            </div>
            <Button onPress={() => onChoose(card.id)}>{t('choose')}</Button>
          </li>
        ))}
      </ul>
      <ContactFinder label={t('searchInstead')} onChoose={onChoose} />
    </section>
  )
}

function reasons(card: ContactCard): string {
  return [card.company, card.wilaya].filter(Boolean).join(' · ')
}

/** How often and when they called, and what was noted last. */
export function LastContact({ card }: { card: ContactCard }) {
  const t = useTranslations('contact')
  const format = useFormatter()
  const when = card.last_call_at
    ? format.relativeTime(new Date(card.last_call_at / 1000), new Date())
    : ''
  return (
    <span className="muted">
      {t('callsBefore', { n: card.calls_before })}
      {when && ` · ${t('lastCall', { when })}`}
    </span>
  )
}
