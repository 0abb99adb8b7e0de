import { useNavigate } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { useTranslations } from 'use-intl'
import { afterPaint } from '../live/paint'
import { useDesk, useLive, usePanel, useShift } from './context'
import { isInCall, type Panel } from './panel'
import { hasUnsaved } from './unsaved'

/**
 * The screen-pop: a reserved call opens the workspace, and once the card is painted the server is
 * told, which then lets the phone ring.
 */
export function useScreenPop(): void {
  const desk = useDesk()
  const { shift } = useShift()
  const { call } = useLive()
  const navigate = useNavigate()
  const shown = useRef('')
  const attempt = call?.state === 'reserved' ? call.attempt : ''

  useEffect(() => {
    if (!attempt || shown.current === attempt || shift === 'elsewhere') return
    shown.current = attempt
    // A form with unsaved changes stays: the call column beside it carries the card too.
    if (!hasUnsaved()) void navigate({ to: '/' })
    afterPaint(() => desk.live.send({ type: 'card.shown', attempt }))
  }, [attempt, shift, desk, navigate])
}

/** Title, system notification and the warning before leaving the page in a call. */
export function useCallAttention(name: string): void {
  const panel = usePanel()
  const t = useTranslations('call')
  const isRinging = panel.state === 'ringing'
  const isTalking = panel.phone !== null && isInCall(panel)

  useEffect(() => {
    if (!isRinging) return
    document.title = `(1) ☎ ${name}`
    const notification = notify(t('incoming'), name, panel)
    return () => {
      document.title = 'Nidaa'
      notification?.close()
    }
    // A name that arrives late must not ring again.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [isRinging])

  useEffect(() => {
    if (!isTalking) return
    const warn = (event: BeforeUnloadEvent) => event.preventDefault()
    window.addEventListener('beforeunload', warn)
    return () => window.removeEventListener('beforeunload', warn)
  }, [isTalking])
}

function notify(title: string, body: string, panel: Panel): Notification | null {
  const isWanted = document.hidden && 'Notification' in window
  if (!isWanted || Notification.permission !== 'granted') return null
  const options = { body, tag: panel.conversation, requireInteraction: true }
  const notification = new Notification(title, options)
  notification.onclick = () => window.focus()
  return notification
}

/** A click or a key anywhere wakes the sound after a reload. */
export function useSoundUnlock(): void {
  const desk = useDesk()
  const { isSoundBlocked } = useShift()
  useEffect(() => {
    if (!isSoundBlocked) return
    const unlock = () => void desk.allowSound()
    window.addEventListener('pointerdown', unlock)
    window.addEventListener('keydown', unlock)
    return () => {
      window.removeEventListener('pointerdown', unlock)
      window.removeEventListener('keydown', unlock)
    }
  }, [isSoundBlocked, desk])
}
