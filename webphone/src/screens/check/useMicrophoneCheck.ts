import { useCallback, useEffect, useState } from 'react'
import { useDesk } from '../../desk/context'
import { Meter } from '../../phone/meter'
import { NoMicrophone, type MicrophoneProblem } from '../../phone/microphone'

const READ_EVERY = 100
const QUIETEST = -60

export interface MicrophoneCheck {
  status: 'wait' | 'ok' | MicrophoneProblem
  /** Loudness, 0 to 1. */
  level: number
  again: () => void
}

/** Opens the microphone and measures it while the check is on the screen. */
export function useMicrophoneCheck(): MicrophoneCheck {
  const { phone } = useDesk()
  const [status, setStatus] = useState<MicrophoneCheck['status']>('wait')
  const [level, setLevel] = useState(0)
  const [attempt, setAttempt] = useState(0)

  useEffect(() => {
    let isGone = false
    phone.microphone
      .open()
      .then(() => !isGone && setStatus('ok'))
      .catch((error: unknown) => {
        if (!(error instanceof NoMicrophone)) throw error
        if (!isGone) setStatus(error.problem)
      })
    return () => {
      isGone = true
    }
  }, [phone, attempt])

  useEffect(() => {
    const stream = phone.microphone.stream
    if (status !== 'ok' || !stream) return
    const meter = new Meter(phone.audio, stream)
    const timer = setInterval(() => setLevel(share(meter.read().db)), READ_EVERY)
    return () => {
      clearInterval(timer)
      meter.close()
    }
  }, [phone, status])

  const again = useCallback(() => {
    setStatus('wait')
    setAttempt((count) => count + 1)
  }, [])
  return { status, level, again }
}

/** Decibels as a share of the bar. */
export function share(db: number): number {
  return Math.min(1, Math.max(0, 1 - db / QUIETEST))
}
