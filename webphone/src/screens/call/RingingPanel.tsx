import { Phone, PhoneIncoming, PhoneOff } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { useTranslations } from 'use-intl'
import { Button } from '../../components/controls'
import { useNow } from '../../components/text'
import { useDesk, useLive } from '../../desk/context'
import type { Panel } from '../../desk/panel'
import { clock } from '../../i18n/format'
import { isTyping, KEYS, useShortcuts } from '../../desk/shortcuts'
import { Party } from './Party'

/** A call is coming (card first) or ringing: Answer or Decline before the ring runs out. */
export function RingingPanel({ panel }: { panel: Panel }) {
  const t = useTranslations('call')
  const { phone } = useDesk()
  const canAnswer = panel.state === 'ringing' && panel.phone !== null
  const answer = () => phone.answer()
  const decline = () => phone.decline()
  const first = useRef<HTMLDivElement>(null)
  useShortcuts(canAnswer ? { answer, decline } : {})

  useEffect(() => {
    // Focus is not taken from somebody who is writing.
    if (canAnswer && !isTyping()) first.current?.querySelector('button')?.focus()
  }, [canAnswer])

  return (
    <div className="ringing">
      <p className="call-kind">
        <PhoneIncoming size={16} aria-hidden />
        {panel.state === 'reserved' ? t('coming') : t('incoming')}
        {panel.call && panel.call.deadline_at > 0 && <Countdown until={panel.call.deadline_at} />}
      </p>
      <Party panel={panel} />
      <QueueLine panel={panel} />
      {panel.isElsewhere && <p className="hint">{t('elsewhere')}</p>}
      <div className="call-actions two" ref={first}>
        <Button
          tone="good"
          size="large"
          icon={<Phone size={18} aria-hidden />}
          onPress={answer}
          isDisabled={!canAnswer}
          keys={KEYS['answer']}
          data-testid="answer"
        >
          {t('answer')}
        </Button>
        <Button
          tone="danger"
          size="large"
          icon={<PhoneOff size={18} aria-hidden />}
          onPress={decline}
          isDisabled={!canAnswer}
          keys={KEYS['decline']}
          data-testid="decline"
        >
          {t('decline')}
        </Button>
      </div>
    </div>
  )
}

export function QueueLine({ panel }: { panel: Panel }) {
  const t = useTranslations('call')
  const call = panel.call
  if (!call?.queue) return null
  return (
    <p className="queue-line">
      <span className="chip">
        <strong>{call.queue_name}</strong>
      </span>
      {call.waited_for >= 1 && (
        <span className="muted">{t('waited', { time: clock(call.waited_for) })}</span>
      )}
    </p>
  )
}

function Countdown({ until }: { until: number }) {
  const t = useTranslations('call')
  const { clockOffset } = useLive()
  const now = useNow(250)
  const left = Math.max(0, Math.ceil((until / 1000 - now - clockOffset) / 1000))
  return (
    <span
      className="countdown"
      role="timer"
      aria-live="off"
      aria-label={t('secondsLeft', { n: left })}
    >
      <bdi dir="ltr" className="num">
        {left}
      </bdi>
    </span>
  )
}
