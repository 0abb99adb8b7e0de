import { Link } from '@tanstack/react-router'
import { useFormatter, useTranslations } from 'use-intl'
import type { Conversation } from '../../api/types'
import { PhoneNumber, Span, TIME } from '../../components/text'
import { CallIcon } from '../history/CallIcon'

interface LastCallProps {
  conversation: Conversation
  onDial?: (number: string) => void
}

/** One line of the last calls; an internal number can be called back. */
export function LastCall({ conversation, onDial }: LastCallProps) {
  const t = useTranslations('call')
  const format = useFormatter()
  const { contact, from_number, to_number, direction, outcome, started_at } = conversation
  const isInternal = direction === 'internal'
  const number = isInternal ? to_number : from_number
  return (
    <li className="last-call" data-outcome={outcome}>
      <CallIcon conversation={conversation} size={15} />
      <span className="last-who">
        {contact ? (
          <Link to="/contacts/$contact" params={{ contact: contact.id }}>
            <bdi>{contact.name}</bdi>
          </Link>
        ) : isInternal && onDial ? (
          <button type="button" className="link" onClick={() => onDial(number)}>
            <PhoneNumber number={number} />
          </button>
        ) : number ? (
          <PhoneNumber number={number} />
        ) : (
          t('anonymous')
        )}
      </span>
      <span className="muted">
        {conversation.talk_for > 0 && <Span seconds={conversation.talk_for} />}
      </span>
      <time className="muted num" dateTime={started_at}>
        <bdi>{format.dateTime(new Date(started_at), shortTime(started_at))}</bdi>
      </time>
    </li>
  )
}

/** The time for today's calls, the day for older ones. */
function shortTime(iso: string) {
  const isToday = new Date(iso).toDateString() === new Date().toDateString()
  return isToday ? TIME : ({ day: 'numeric', month: 'short' } as const)
}
