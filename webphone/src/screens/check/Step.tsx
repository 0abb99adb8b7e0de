import { Check, Circle, Minus, X } from 'lucide-react'
import type { ReactNode } from 'react'

export type StepStatus = 'ok' | 'wait' | 'bad' | 'off'

const MARKS = { ok: Check, wait: Circle, bad: X, off: Minus }

interface StepProps {
  icon: ReactNode
  title: string
  status: StepStatus
  words: string
  testId?: string
  children?: ReactNode
}

/** One line of the device check. */
export function Step({ icon, title, status, words, testId, children }: StepProps) {
  const Mark = MARKS[status]
  return (
    <li className="step" data-status={status} data-testid={testId}>
      <span className="step-icon">{icon}</span>
      <div className="step-text">
        <strong>{title}</strong>
        <span role="status">{words}</span>
      </div>
      <div className="step-side">{children}</div>
      <span className="step-mark">
        <Mark size={14} strokeWidth={3} aria-hidden />
      </span>
    </li>
  )
}
