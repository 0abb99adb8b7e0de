import { NotebookPen, X } from 'lucide-react'
import { useState } from 'react'
import { useTranslations } from 'use-intl'
import { useConversation } from '../../api/queries'
import { Button } from '../../components/controls'
import type { Panel } from '../../desk/panel'
import { CallerPane } from './CallerPane'
import { NotesPanel } from './NotesPanel'

/** The customer in the middle, the notes beside; on narrow screens the notes are a drawer. */
export function Workspace({ panel }: { panel: Panel }) {
  const t = useTranslations('note')
  const [links, setLinks] = useState<Record<string, string>>({})
  const [isDrawerOpen, setDrawerOpen] = useState(false)
  const link = (contact: string) => setLinks({ ...links, [panel.conversation]: contact })
  const known = useKnownContact(panel)
  return (
    <div className="workspace">
      <main className="centre">
        <div className="drawer-opener">
          <Button
            icon={<NotebookPen size={16} aria-hidden />}
            aria-expanded={isDrawerOpen}
            onPress={() => setDrawerOpen(!isDrawerOpen)}
            data-testid="open-notes"
          >
            {t('open')}
          </Button>
        </div>
        <CallerPane
          key={panel.conversation}
          panel={panel}
          chosen={links[panel.conversation] ?? known}
          onChosen={link}
        />
      </main>
      <aside className="context" aria-label={t('title')} data-open={isDrawerOpen}>
        <Button
          tone="quiet"
          className="drawer-closer"
          icon={<X size={16} aria-hidden />}
          aria-label={t('close')}
          onPress={() => setDrawerOpen(false)}
        />
        <NotesPanel conversation={panel.conversation} onWanted={() => setDrawerOpen(true)} />
      </aside>
    </div>
  )
}

/** The contact of a call whose card this page did not get, for example after a reload. */
function useKnownContact(panel: Panel): string {
  const isAsked = panel.state !== 'idle' && panel.call === null
  const conversation = useConversation(isAsked ? panel.conversation : '')
  return conversation.data?.contact?.id ?? ''
}
