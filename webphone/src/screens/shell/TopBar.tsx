import { useFormatter, useTranslations } from 'use-intl'
import { useSession } from '../../app/session'
import { Badge } from '../../components/controls'
import { TIME, Timer, useNow } from '../../components/text'
import { useLive } from '../../desk/context'
import { Brand } from '../signin/Frame'
import { PhoneStatus } from './PhoneStatus'
import { StateMenu } from './StateMenu'
import { UserMenu } from './UserMenu'

export function TopBar({ onShortcuts }: { onShortcuts: () => void }) {
  const t = useTranslations('app')
  const { agent, is_sample } = useSession()
  return (
    <header className="top">
      <Brand />
      {is_sample && (
        <span title={t('sampleHint')} data-testid="sample-badge">
          <Badge tone="sample">{t('sample')}</Badge>
        </span>
      )}
      <QueueChips />
      <span className="spring" />
      {agent && <PhoneStatus />}
      <WallClock />
      {agent && <StateMenu />}
      <UserMenu onShortcuts={onShortcuts} />
    </header>
  )
}

function QueueChips() {
  const t = useTranslations('top')
  const { queues, clockOffset } = useLive()
  return (
    <ul className="chips" aria-label={t('queues')}>
      {queues.map((queue) => (
        <li key={queue.queue} className={queue.waiting > 0 ? 'chip busy' : 'chip'}>
          <strong>{queue.name}</strong>
          <span>{t('waiting', { n: queue.waiting })}</span>
          {queue.longest_since_at > 0 && (
            <Timer since={queue.longest_since_at} offset={clockOffset} />
          )}
        </li>
      ))}
    </ul>
  )
}

function WallClock() {
  const format = useFormatter()
  const now = useNow(5_000)
  return (
    <time className="wall-clock num" aria-live="off">
      <bdi>{format.dateTime(now, TIME)}</bdi>
    </time>
  )
}
