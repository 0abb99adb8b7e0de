import { useTranslations } from 'use-intl'
import { usePanel } from '../../desk/context'
import { IdlePanel } from './IdlePanel'
import { RingingPanel } from './RingingPanel'
import { TalkPanel } from './TalkPanel'
import { WrapUpPanel } from './WrapUpPanel'

/** The phone, always in the same place, whatever page is open beside it. */
export function CallColumn() {
  const t = useTranslations('call')
  const panel = usePanel()
  return (
    <section
      className="call-column"
      aria-label={t('column')}
      data-testid="call-panel"
      data-state={panel.state}
    >
      {panel.state === 'idle' && <IdlePanel />}
      {(panel.state === 'reserved' || panel.state === 'ringing') && <RingingPanel panel={panel} />}
      {(panel.state === 'dialing' || panel.state === 'active' || panel.state === 'held') && (
        <TalkPanel panel={panel} />
      )}
      {panel.state === 'wrapup' && <WrapUpPanel key={panel.conversation} panel={panel} />}
    </section>
  )
}
