import { PhoneIncoming, PhoneMissed, PhoneOutgoing } from 'lucide-react'
import type { Conversation } from '../../api/types'

interface CallIconProps {
  conversation: Conversation
  size: number
  className?: string
}

/** Whose call it was and whether it came to talk, at a glance. */
export function CallIcon({ conversation, ...look }: CallIconProps) {
  const { outcome, direction } = conversation
  if (outcome !== null && outcome !== 'answered') return <PhoneMissed {...look} aria-hidden />
  if (direction === 'internal') return <PhoneOutgoing {...look} aria-hidden />
  return <PhoneIncoming {...look} aria-hidden />
}
