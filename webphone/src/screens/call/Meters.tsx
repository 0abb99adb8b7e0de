import { useEffect, useState } from 'react'
import { useTranslations } from 'use-intl'
import { useDesk } from '../../desk/context'
import type { Level } from '../../phone/types'
import { share } from '../check/useMicrophoneCheck'

const READ_EVERY = 250
const SILENT: Level = { db: -100, hz: 0 }

/** How loud each side is, so that "can you hear me" is answered by a look. */
export function Meters({ isMuted }: { isMuted: boolean }) {
  const t = useTranslations('call')
  const { phone } = useDesk()
  const [levels, setLevels] = useState({ remote: SILENT, local: SILENT })

  useEffect(() => {
    const read = () => setLevels(phone.levels() ?? { remote: SILENT, local: SILENT })
    const timer = setInterval(read, READ_EVERY)
    return () => clearInterval(timer)
  }, [phone])

  return (
    <div className="meters">
      <MeterBar label={t('meterRemote')} level={levels.remote} testId="meter-remote" />
      <MeterBar
        label={isMuted ? t('mutedNow') : t('meterLocal')}
        level={levels.local}
        testId="meter-local"
        isMuted={isMuted}
      />
    </div>
  )
}

interface MeterBarProps {
  label: string
  level: Level
  testId: string
  isMuted?: boolean
}

function MeterBar({ label, level, testId, isMuted = false }: MeterBarProps) {
  return (
    <div
      className={isMuted ? 'meter muted-now' : 'meter'}
      data-testid={testId}
      data-hz={level.hz}
      data-db={level.db}
    >
      <span>{label}</span>
      <div className="level" aria-hidden>
        <i style={{ inlineSize: `${Math.round(share(level.db) * 100)}%` }} />
      </div>
    </div>
  )
}
