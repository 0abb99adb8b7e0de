import { useEffect, useState } from 'react'
import { useFormatter } from 'use-intl'
import { useSession } from '../app/session'
import { clock, phoneText } from '../i18n/format'

/** The 24-hour clock in all three languages, as people here write the time. */
export const TIME = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const
const SHORT = { day: 'numeric', month: 'short', ...TIME } as const

/** A telephone number as people here write it; always left to right. */
export function PhoneNumber({ number }: { number: string }) {
  const { locale_country } = useSession()
  return (
    <bdi dir="ltr" className="num">
      {phoneText(number, locale_country)}
    </bdi>
  )
}

export function Span({ seconds }: { seconds: number }) {
  return (
    <bdi dir="ltr" className="num">
      {clock(seconds)}
    </bdi>
  )
}

/** Runs from a server time (UTC microseconds) on; not announced by screen readers. */
export function Timer({ since, offset }: { since: number; offset: number }) {
  const now = useNow(1000)
  return (
    <span role="timer" aria-live="off">
      <bdi dir="ltr" className="num">
        {clock((now + offset - since / 1000) / 1000)}
      </bdi>
    </span>
  )
}

/** Date and time of an ISO string in the reader's way. */
export function When({ iso }: { iso: string }) {
  const format = useFormatter()
  const at = new Date(iso)
  const isThisYear = at.getFullYear() === new Date().getFullYear()
  return (
    <time dateTime={iso}>
      <bdi className="num">
        {format.dateTime(at, isThisYear ? SHORT : { ...SHORT, year: 'numeric' })}
      </bdi>
    </time>
  )
}

/** Date.now(), read again every so many milliseconds. */
export function useNow(every: number): number {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), every)
    return () => clearInterval(timer)
  }, [every])
  return now
}
