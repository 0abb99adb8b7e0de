import { useTranslations } from 'use-intl'
import { useSession } from '../app/session'
import { phoneText } from '../i18n/format'
import type { Panel } from './panel'

/** What people inside have; short, never an outside number. */
export const EXTENSION = /^\d{2,6}$/

/** The other party: the card's name where one matched, else number, else words for nobody. */
export function useCallerName(panel: Panel): string {
  const t = useTranslations('call')
  const { locale_country } = useSession()
  const cards = panel.call?.match.contacts ?? []
  if (panel.call?.match.kind === 'one' && cards[0]) return cards[0].name
  if (panel.call?.match.kind === 'anonymous') return t('anonymous')
  const number = partyNumber(panel)
  return panel.phone?.name || (number ? phoneText(number, locale_country) : t('unknown'))
}

/** The number of the other party; "" when withheld. */
export function partyNumber(panel: Panel): string {
  if (panel.phone?.direction === 'out') return panel.phone.number
  return panel.call?.from_number ?? panel.phone?.number ?? ''
}
