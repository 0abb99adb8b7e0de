import { useRef } from 'react'
import { Label, TextArea, TextField } from 'react-aria-components'
import { useTranslations } from 'use-intl'
import { useNote, type NoteStatus } from '../../desk/note'
import { KEYS, useShortcuts } from '../../desk/shortcuts'

interface NoteFieldProps {
  conversation: string
  rows: number
  onWanted?: () => void
}

/** The note on one conversation. Alt+N leads to it. */
export function NoteField({ conversation, rows, onWanted }: NoteFieldProps) {
  const t = useTranslations('note')
  const { text, status, write } = useNote(conversation)
  const area = useRef<HTMLTextAreaElement>(null)
  const focus = () => {
    onWanted?.()
    // A drawer that opens can take the focus from the next frame on.
    requestAnimationFrame(() => area.current?.focus())
  }
  useShortcuts({ note: focus })
  return (
    <TextField className="field note-field" value={text} onChange={write}>
      <div className="note-head">
        <Label>{t('title')}</Label>
        <NoteMark status={status} />
      </div>
      <TextArea
        ref={area}
        rows={rows}
        dir="auto"
        placeholder={t('placeholder')}
        aria-keyshortcuts={KEYS['note']}
        data-testid="note"
      />
    </TextField>
  )
}

function NoteMark({ status }: { status: NoteStatus }) {
  const t = useTranslations('note')
  const words = { empty: '', saving: t('saving'), saved: t('saved'), kept: t('kept') }
  return (
    <span className="note-mark" data-status={status} role="status">
      {words[status]}
    </span>
  )
}
