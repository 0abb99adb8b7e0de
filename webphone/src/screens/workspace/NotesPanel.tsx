import { useRef } from 'react'
import { Label, TextArea, TextField } from 'react-aria-components'
import { useTranslations } from 'use-intl'
import { useLastCalls } from '../../api/queries'
import { Empty } from '../../components/controls'
import { useLive } from '../../desk/context'
import { useNote, type NoteStatus } from '../../desk/note'
import { KEYS, useShortcuts } from '../../desk/shortcuts'

/** Notes on the call, saved while they are written. */
export function NotesPanel({ conversation }: { conversation: string }) {
  const t = useTranslations('note')
  const { agent } = useLive()
  const last = useLastCalls()
  const isWrapUp = agent?.state === 'wrap_up'
  const about = conversation || (isWrapUp ? (last.data?.items[0]?.id ?? '') : '')
  if (!about) return <Empty>{t('none')}</Empty>
  return <NoteField key={about} conversation={about} />
}

function NoteField({ conversation }: { conversation: string }) {
  const t = useTranslations('note')
  const { text, status, write } = useNote(conversation)
  const area = useRef<HTMLTextAreaElement>(null)
  useShortcuts({ note: () => area.current?.focus() })
  return (
    <TextField className="field note-field" value={text} onChange={write}>
      <div className="note-head">
        <Label>{t('title')}</Label>
        <NoteMark status={status} />
      </div>
      <TextArea
        ref={area}
        rows={12}
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
