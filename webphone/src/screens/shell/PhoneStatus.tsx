import { useTranslations } from 'use-intl'
import { useLinkQuality, usePhone, useShift } from '../../desk/context'
import type { LinkQuality } from '../../phone/types'

/** Is the phone ready, and how good is the link while talking. */
export function PhoneStatus() {
  const t = useTranslations('top')
  const { shift } = useShift()
  const phone = usePhone()
  const quality = useLinkQuality()
  const status =
    shift === 'desk'
      ? 'desk'
      : phone.registration === 'registered'
        ? 'connected'
        : phone.transport === 'connected'
          ? 'connecting'
          : phone.transport
  const isUp = status === 'connected'
  const words = quality && isUp ? t(`quality_${quality.bars}`) : t(`phone_${status}`)
  return (
    <span className="phone-status" data-status={status} title={detail(t, quality) || words}>
      <span className={`bars level-${quality ? quality.bars : 'none'}`} aria-hidden>
        <i />
        <i />
        <i />
      </span>
      <span className="phone-words">{words}</span>
    </span>
  )
}

function detail(t: ReturnType<typeof useTranslations<'top'>>, quality: LinkQuality | null): string {
  if (!quality) return ''
  return t('qualityDetail', {
    delay: Math.round((quality.roundTrip ?? 0) * 1000),
    jitter: Math.round(quality.jitter * 1000),
    loss: `${(quality.loss * 100).toFixed(1)} %`,
  })
}
