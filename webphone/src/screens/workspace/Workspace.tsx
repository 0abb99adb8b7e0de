import { useState } from 'react'
import { useTranslations } from 'use-intl'
import { useConversation } from '../../api/queries'
import type { Panel } from '../../desk/panel'
import { CallerPane } from './CallerPane'
import { NotesPanel } from './NotesPanel'

/** The customer in the middle, the notes beside. */
export function Workspace({ panel }: { panel: Panel }) {
  const t = useTranslations('note')
  const [links, setLinks] = useState<Record<string, string>>({})
  const link = (contact: string) => setLinks({ ...links, [panel.conversation]: contact })
  const known = useKnownContact(panel)
  return (
    <div className="workspace">
      <main className="centre">
        <CallerPane
          key={panel.conversation}
          panel={panel}
          chosen={links[panel.conversation] ?? known}
          onChosen={link}
        />
      </main>
      <aside className="context" aria-label={t('title')}>
        <NotesPanel conversation={panel.conversation} />
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
