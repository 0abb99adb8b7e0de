import { TriangleAlert, VolumeX } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslations } from 'use-intl'
import type { Alarm } from '../../api/contracts.gen'
import { Button } from '../../components/controls'
import { Problem } from '../../components/problem'
import { useDesk, useLive, usePhone, useShift } from '../../desk/context'

/** What is wrong with the system, in words, above the page. */
export function Banners() {
  const t = useTranslations()
  const desk = useDesk()
  const live = useLive()
  const phone = usePhone()
  const { shift, problem, isSoundBlocked } = useShift()
  const isSipLost = shift === 'phone' && phone.transport !== 'connected'
  const hasCall = phone.call !== null && phone.call.state !== 'ended'

  return (
    <div className="banners" aria-live="polite">
      {live.link === 'lost' && <Banner tone="bad">{t('banner.live_lost')}</Banner>}
      {isSipLost && (
        <Banner tone="warn">{t(hasCall ? 'banner.sip_lost' : 'banner.sip_lost_idle')}</Banner>
      )}
      {phone.call?.sound === 'stalled' && hasCall && (
        <Banner tone="warn">{t('banner.stalled')}</Banner>
      )}
      {hasCall && !desk.phone.microphone.isAlive() && (
        <Banner tone="bad">{t('banner.microphone_gone')}</Banner>
      )}
      {live.alarms.map((alarm) => (
        <Banner key={alarm.alarm} tone="bad" testId={`alarm-${alarm.code}`}>
          {t(alarmKey(alarm), { text: alarm.text })}
        </Banner>
      ))}
      {isSoundBlocked && (
        <Banner tone="warn" icon={<VolumeX size={16} aria-hidden />} testId="sound-blocked">
          {t('app.soundBlocked')}
          <Button size="small" onPress={() => void desk.allowSound()} data-testid="allow-sound">
            {t('app.allowSound')}
          </Button>
        </Banner>
      )}
      {shift === 'phone' && problem && <Problem problem={problem} />}
    </div>
  )
}

const KNOWN = [
  'pbx_down',
  'media_worker_down',
  'crm_late',
  'disk_low',
  'outbox_disk',
  'recording_failed',
  'database_down',
] as const

function alarmKey(alarm: Alarm) {
  const known = KNOWN.find((code) => alarm.code.startsWith(code))
  return known ? (`banner.${known}` as const) : ('banner.alarm' as const)
}

interface BannerProps {
  tone: 'warn' | 'bad'
  icon?: ReactNode
  testId?: string
  children: ReactNode
}

function Banner({ tone, icon, testId, children }: BannerProps) {
  return (
    <div className={`banner ${tone}`} data-testid={testId}>
      {icon ?? <TriangleAlert size={16} aria-hidden />}
      <span>{children}</span>
    </div>
  )
}
