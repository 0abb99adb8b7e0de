import { Bell, Mic, Volume2, Wifi } from 'lucide-react'
import { useState } from 'react'
import { useTranslations } from 'use-intl'
import { Button } from '../../components/controls'
import { Problem } from '../../components/problem'
import { useDesk, useLive, useShift } from '../../desk/context'
import { chime } from '../../phone/tones'
import { Step, type StepStatus } from './Step'
import { useMicrophoneCheck } from './useMicrophoneCheck'

/** Before the shift: microphone, speaker, connection, notifications. */
export function DeviceCheck() {
  const t = useTranslations('check')
  const desk = useDesk()
  const live = useLive()
  const { shift, problem } = useShift()
  const microphone = useMicrophoneCheck()
  const isStarting = shift === 'starting'
  const isConnected = live.link === 'open'

  return (
    <main className="center">
      <section className="check" aria-labelledby="check-title">
        <h1 id="check-title">{t('title')}</h1>
        <p className="muted">{t('lead')}</p>
        <ul className="steps">
          <MicrophoneStep {...microphone} />
          <SpeakerStep />
          <Step
            icon={<Wifi size={18} aria-hidden />}
            title={t('connection')}
            status={isConnected ? 'ok' : live.link === 'lost' ? 'bad' : 'wait'}
            words={connectionWords(t, live.link)}
          />
          <NotificationStep />
        </ul>
        <Problem problem={problem} />
        <div className="check-actions">
          <Button
            tone="primary"
            size="large"
            isDisabled={microphone.status !== 'ok' || !isConnected || isStarting}
            onPress={() => void desk.start()}
            data-testid="start-shift"
          >
            {isStarting ? t('starting') : t('start')}
          </Button>
          {live.agent?.is_reachable && (
            <Button
              size="large"
              isDisabled={!isConnected || isStarting}
              onPress={() => void desk.startAtDesk()}
              data-testid="start-desk"
            >
              {t('desk')}
            </Button>
          )}
        </div>
        {live.agent?.is_reachable && <p className="hint">{t('deskHint')}</p>}
      </section>
    </main>
  )
}

type Words = ReturnType<typeof useTranslations<'check'>>

function connectionWords(t: Words, link: string): string {
  if (link === 'open') return t('connectionOk')
  return link === 'lost' ? t('connectionLost') : t('connectionWait')
}

function MicrophoneStep({ status, level, again }: ReturnType<typeof useMicrophoneCheck>) {
  const t = useTranslations('check')
  const app = useTranslations('app')
  const isProblem = status !== 'ok' && status !== 'wait'
  const words =
    status === 'ok'
      ? t('microphoneOk')
      : isProblem
        ? t(`microphone_${status}`)
        : t('microphoneWait')
  return (
    <Step
      icon={<Mic size={18} aria-hidden />}
      title={t('microphone')}
      status={isProblem ? 'bad' : status}
      words={words}
      testId="check-microphone"
    >
      {status === 'ok' && (
        <div className="level" aria-hidden>
          <i style={{ inlineSize: `${Math.round(level * 100)}%` }} />
        </div>
      )}
      {isProblem && (
        <Button size="small" onPress={again} data-testid="retry-microphone">
          {app('retry')}
        </Button>
      )}
    </Step>
  )
}

function SpeakerStep() {
  const t = useTranslations('check')
  const { phone } = useDesk()
  const [isPlayed, setPlayed] = useState(false)
  const play = async () => {
    await phone.unlock()
    chime(phone.audio)
    setPlayed(true)
  }
  return (
    <Step
      icon={<Volume2 size={18} aria-hidden />}
      title={t('speaker')}
      status={isPlayed ? 'ok' : 'wait'}
      words={isPlayed ? t('speakerOk') : t('speakerHint')}
    >
      <Button size="small" onPress={() => void play()}>
        {t('play')}
      </Button>
    </Step>
  )
}

function NotificationStep() {
  const t = useTranslations('check')
  const [permission, setPermission] = useState(() =>
    'Notification' in window ? Notification.permission : 'denied',
  )
  const status: Record<NotificationPermission, StepStatus> = {
    granted: 'ok',
    default: 'wait',
    denied: 'off',
  }
  const words = {
    granted: t('notificationsOk'),
    default: t('notificationsAsk'),
    denied: t('notificationsDenied'),
  }
  return (
    <Step
      icon={<Bell size={18} aria-hidden />}
      title={t('notifications')}
      status={status[permission]}
      words={words[permission]}
    >
      {permission === 'default' && (
        <Button
          size="small"
          onPress={() => void Notification.requestPermission().then(setPermission)}
        >
          {t('allow')}
        </Button>
      )}
    </Step>
  )
}
