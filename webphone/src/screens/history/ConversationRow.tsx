import { AudioLines, ChevronDown } from 'lucide-react'
import { useTranslations } from 'use-intl'
import { useDispositions } from '../../api/queries'
import type { Conversation } from '../../api/types'
import { Badge } from '../../components/controls'
import { PhoneNumber, Span, When } from '../../components/text'
import { useAppearance } from '../../i18n/locale'
import { CallIcon } from './CallIcon'

interface ConversationRowProps {
  conversation: Conversation
  isOpen: boolean
  withContact: boolean
  onToggle: () => void
}

/** One conversation in a line: when, who, how it ended, how long. */
export function ConversationRow(props: ConversationRowProps) {
  const { conversation, isOpen, withContact, onToggle } = props
  const { language } = useAppearance()
  const { outcome, queue_title, queue, talk_for, agents } = conversation
  return (
    <button
      type="button"
      className={withContact ? 'history-row with-contact' : 'history-row'}
      aria-expanded={isOpen}
      onClick={onToggle}
      data-testid="history-row"
      data-outcome={outcome ?? 'ongoing'}
    >
      <CallIcon conversation={conversation} size={17} className="history-icon" />
      <span className="history-when">
        <When iso={conversation.started_at} />
      </span>
      {withContact && (
        <span className="history-who">
          <Who conversation={conversation} />
        </span>
      )}
      <span className="history-queue muted">
        <span>{queue_title?.[language] ?? queue}</span>
        <bdi>{agents.map((agent) => agent.name).join(', ')}</bdi>
      </span>
      <span className="history-marks">
        <DispositionBadge conversation={conversation} />
        <OutcomeBadge conversation={conversation} />
        {conversation.recordings.length > 0 && <AudioLines size={15} aria-hidden />}
      </span>
      <span className="history-length">
        {talk_for > 0 ? <Span seconds={talk_for} /> : <span className="muted">–</span>}
      </span>
      <ChevronDown size={16} aria-hidden className="chevron" />
    </button>
  )
}

function Who({ conversation }: { conversation: Conversation }) {
  const t = useTranslations('call')
  const { contact, from_number } = conversation
  if (contact) return <bdi>{contact.name}</bdi>
  return from_number ? <PhoneNumber number={from_number} /> : t('anonymous')
}

function DispositionBadge({ conversation }: { conversation: Conversation }) {
  const { language } = useAppearance()
  const choices = useDispositions().data ?? []
  const code = conversation.disposition?.code
  if (!code) return null
  return <Badge>{choices.find((one) => one.code === code)?.label[language] ?? code}</Badge>
}

const TONES: Record<string, string> = { answered: 'good', abandoned: 'bad', failed: 'bad' }

function OutcomeBadge({ conversation }: { conversation: Conversation }) {
  const t = useTranslations('history')
  const { outcome, ended_at } = conversation
  if (!ended_at) return <Badge tone="busy">{t('ongoing')}</Badge>
  if (!outcome || outcome === 'answered') return null
  return (
    <Badge tone={TONES[outcome] ?? 'warn'}>
      {t(outcome === 'failed' ? 'failed_outcome' : outcome)}
    </Badge>
  )
}
