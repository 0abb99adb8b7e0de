import { Link } from '@tanstack/react-router'
import { useTranslations } from 'use-intl'
import type { Conversation, RingAttempt } from '../../api/types'
import { PhoneNumber, Span } from '../../components/text'
import { Player } from './Player'
import { Segments } from './Segments'

/** What happened in a conversation: course, attempts, note, recording. */
export function ConversationDetail({ conversation }: { conversation: Conversation }) {
  const t = useTranslations()
  const { contact, from_number, to_number, disposition, note, ring_attempts } = conversation
  const text = disposition?.note || note
  return (
    <div className="history-detail">
      <Numbers conversation={conversation} />
      <Recordings conversation={conversation} />
      {text && (
        <div>
          <h4>{t('history.note')}</h4>
          <p dir="auto" className="prose">
            {text}
          </p>
        </div>
      )}
      <div>
        <h4>{t('history.segments')}</h4>
        <Segments segments={conversation.segments} />
      </div>
      {ring_attempts.length > 0 && (
        <div>
          <h4>{t('history.attempts')}</h4>
          <ul className="attempts">
            {ring_attempts.map((attempt) => (
              <Attempt key={attempt.id} attempt={attempt} />
            ))}
          </ul>
        </div>
      )}
      <p className="muted detail-numbers">
        {from_number && <PhoneNumber number={from_number} />} <span aria-hidden className="arrow" />{' '}
        <PhoneNumber number={to_number} />
        {contact && (
          <Link to="/contacts/$contact" params={{ contact: contact.id }}>
            {t('contact.open')}
          </Link>
        )}
      </p>
    </div>
  )
}

function Numbers({ conversation }: { conversation: Conversation }) {
  const t = useTranslations('history')
  const figures = [
    ['waited', conversation.waited_for],
    ['talked', conversation.talk_for],
    ['heldFor', conversation.hold_for],
    ['wrapUp', conversation.wrap_up_for],
  ] as const
  return (
    <dl className="figures">
      {figures.map(([label, seconds]) => (
        <div key={label}>
          <dt>{t(label)}</dt>
          <dd>
            <Span seconds={seconds} />
          </dd>
        </div>
      ))}
    </dl>
  )
}

function Recordings({ conversation }: { conversation: Conversation }) {
  const t = useTranslations('history')
  const { recordings, outcome } = conversation
  if (recordings.length === 0) {
    return outcome === 'answered' ? <p className="hint">{t('noRecording')}</p> : null
  }
  return recordings.map((recording) =>
    recording.is_ready ? (
      <Player key={recording.id} recording={recording} />
    ) : (
      <p key={recording.id} className="hint">
        {t('recordingLate')}
      </p>
    ),
  )
}

function Attempt({ attempt }: { attempt: RingAttempt }) {
  const t = useTranslations('history')
  const key = `ring_${attempt.result}` as 'ring_missed'
  const length = attempt.ended_at
    ? (Date.parse(attempt.ended_at) - Date.parse(attempt.started_at)) / 1000
    : 0
  return (
    <li>
      <bdi>{attempt.agent_name}</bdi>
      <span className="muted">{t.has(key) ? t(key) : attempt.result}</span>
      <Span seconds={length} />
    </li>
  )
}
