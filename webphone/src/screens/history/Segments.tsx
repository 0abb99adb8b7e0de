import { useTranslations } from 'use-intl'
import type { Segment } from '../../api/types'
import { Span } from '../../components/text'
import { legsOf } from './legs'

/** Each leg as a bar of its segments, to scale, and the same in words. */
export function Segments({ segments }: { segments: readonly Segment[] }) {
  const t = useTranslations('history')
  return (
    <div className="legs">
      {legsOf(segments).map((leg) => (
        <div key={leg.leg} className="leg">
          <span className="leg-role muted">{t(`role_${leg.role as 'caller'}`)}</span>
          <div className="leg-bar" aria-hidden>
            {leg.segments.map((segment, at) => (
              <i key={at} data-kind={segment.kind} style={{ flexGrow: segment.seconds }} />
            ))}
          </div>
          <ul className="leg-words">
            {leg.segments.map((segment, at) => (
              <li key={at} data-kind={segment.kind}>
                <i aria-hidden /> {t(`seg_${segment.kind}`)} <Span seconds={segment.seconds} />
              </li>
            ))}
          </ul>
        </div>
      ))}
    </div>
  )
}
