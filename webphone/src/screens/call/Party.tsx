import { useTranslations } from 'use-intl'
import { Badge } from '../../components/controls'
import { PhoneNumber } from '../../components/text'
import { partyNumber, useCallerName } from '../../desk/caller'
import type { Panel } from '../../desk/panel'
import { initials } from '../../i18n/format'

/** Who is on the other side: name, number, VIP. */
export function Party({ panel }: { panel: Panel }) {
  const t = useTranslations('contact')
  const name = useCallerName(panel)
  const number = partyNumber(panel)
  const match = panel.call?.match
  const card = match?.kind === 'one' ? match.contacts?.[0] : undefined
  return (
    <div className="party">
      <span className="face" aria-hidden>
        {card ? initials(card.name) : '☎'}
      </span>
      <div className="party-words">
        <h2>
          <bdi>{name}</bdi> {card?.is_vip && <Badge tone="vip">{t('vip')}</Badge>}
        </h2>
        {card && <span className="muted">{card.company}</span>}
        {number && card && <PhoneNumber number={number} />}
      </div>
    </div>
  )
}
