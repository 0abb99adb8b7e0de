import { useTranslations } from 'use-intl'
import { Empty } from '../../components/controls'
import { useNotedConversation } from '../../desk/note'
import { NoteField } from './NoteField'

interface NotesPanelProps {
  conversation: string
  /** The shortcut for notes was pressed: whatever hides the panel must open. */
  onWanted: () => void
}

/** Notes on the call, saved while they are written. */
export function NotesPanel({ conversation, onWanted }: NotesPanelProps) {
  const t = useTranslations('note')
  const about = useNotedConversation(conversation)
  if (!about) return <Empty>{t('none')}</Empty>
  return <NoteField key={about} conversation={about} rows={12} onWanted={onWanted} />
}
