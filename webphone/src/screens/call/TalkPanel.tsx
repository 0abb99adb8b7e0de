import { Grid3x3, Mic, MicOff, Pause, PhoneOff, Play, TriangleAlert } from 'lucide-react'
import { useState } from 'react'
import { useTranslations } from 'use-intl'
import { hangUp } from '../../api/calls'
import { Button } from '../../components/controls'
import { Timer, useNow } from '../../components/text'
import { useDesk, useLive, usePhone } from '../../desk/context'
import type { Panel } from '../../desk/panel'
import { KEYS, useShortcuts } from '../../desk/shortcuts'
import { canSignal } from '../../phone/state'
import { Keypad } from './Keypad'
import { Meters } from './Meters'
import { Party } from './Party'
import { QueueLine } from './RingingPanel'

const LONG_HOLD = 60_000

/** Dialing, talking or on hold. The controls keep their places in all three. */
export function TalkPanel({ panel }: { panel: Panel }) {
  const t = useTranslations('call')
  const control = useControls(panel)
  const [isKeypadOpen, setKeypadOpen] = useState(false)
  const toggleKeypad = () => control.canSend && setKeypadOpen((is) => !is)
  useShortcuts({
    hold: () => control.canHold && control.toggleHold(),
    mute: control.toggleMute,
    hangUp: control.end,
    keypad: toggleKeypad,
  })

  return (
    <div className={`talk ${panel.state}`}>
      <CallHead panel={panel} />
      <Party panel={panel} />
      <QueueLine panel={panel} />
      {panel.isElsewhere && <p className="hint">{t('elsewhere')}</p>}
      {panel.phone && <Meters isMuted={panel.phone.isMuted} />}
      <div className="call-actions three" title={control.reason}>
        <Button
          size="large"
          icon={control.isMuted ? <MicOff size={18} aria-hidden /> : <Mic size={18} aria-hidden />}
          data-on={control.isMuted}
          isDisabled={!panel.phone || panel.state === 'dialing'}
          onPress={control.toggleMute}
          keys={KEYS['mute']}
          data-testid="mute"
        >
          {control.isMuted ? t('unmute') : t('mute')}
        </Button>
        <Button
          size="large"
          icon={control.isHeld ? <Play size={18} aria-hidden /> : <Pause size={18} aria-hidden />}
          data-on={control.isHeld}
          isDisabled={!control.canHold}
          onPress={control.toggleHold}
          keys={KEYS['hold']}
          data-testid="hold"
        >
          {control.isHeld ? t('resume') : t('hold')}
        </Button>
        <Button
          size="large"
          icon={<Grid3x3 size={18} aria-hidden />}
          data-on={isKeypadOpen}
          isDisabled={!control.canSend}
          onPress={toggleKeypad}
          keys={KEYS['keypad']}
          data-testid="keypad"
        >
          {t('keypad')}
        </Button>
      </div>
      {isKeypadOpen && control.canSend && <Keypad onPress={control.press} />}
      <Button
        tone="danger"
        size="large"
        className="wide"
        icon={<PhoneOff size={18} aria-hidden />}
        onPress={control.end}
        keys={KEYS['hangUp']}
        data-testid="hangup"
      >
        {t('hangUp')}
      </Button>
    </div>
  )
}

function CallHead({ panel }: { panel: Panel }) {
  const t = useTranslations('call')
  const { clockOffset } = useLive()
  const words = { dialing: t('dialing'), active: t('active'), held: t('held') }
  const began = panel.phone?.answeredAt ?? null
  return (
    <p className="call-kind">
      <span className="dot" aria-hidden />
      {words[panel.state as keyof typeof words]}
      {panel.state === 'held' ? (
        <HoldTimer panel={panel} />
      ) : began !== null ? (
        <Timer since={began * 1000} offset={0} />
      ) : (
        panel.call &&
        panel.call.answered_at > 0 && <Timer since={panel.call.answered_at} offset={clockOffset} />
      )}
    </p>
  )
}

function HoldTimer({ panel }: { panel: Panel }) {
  const t = useTranslations('call')
  const { clockOffset } = useLive()
  const now = useNow(1000)
  const since = panel.phone?.since ?? (panel.call?.since_at ?? 0) / 1000 - clockOffset
  return (
    <>
      <Timer since={since * 1000} offset={0} />
      {now - since > LONG_HOLD && (
        <span className="long-hold">
          <TriangleAlert size={14} aria-hidden /> {t('longHold')}
        </span>
      )}
    </>
  )
}

/** What may be done now, and the doing of it. */
function useControls(panel: Panel) {
  const t = useTranslations('call')
  const { phone } = useDesk()
  const state = usePhone()
  const isOurs = panel.phone !== null
  const isUp = canSignal(state)
  return {
    isMuted: panel.phone?.isMuted ?? false,
    isHeld: panel.state === 'held',
    canHold: isOurs && isUp && panel.state !== 'dialing',
    canSend: isOurs && isUp && panel.state === 'active',
    reason: isOurs && !isUp ? t('needsConnection') : undefined,
    toggleHold: () => phone.setHold(panel.state !== 'held'),
    toggleMute: () => phone.setMuted(!panel.phone?.isMuted),
    press: (digit: string) => phone.press(digit),
    end: () => {
      if (isOurs) phone.hangUp()
      else void hangUp(panel.conversation).catch(() => {})
    },
  }
}
