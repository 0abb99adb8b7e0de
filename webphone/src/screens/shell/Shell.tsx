import { Outlet } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslations } from 'use-intl'
import { useSession } from '../../app/session'
import { useCallerName } from '../../desk/caller'
import { usePanel, useShift } from '../../desk/context'
import { useCallAttention, useScreenPop, useSoundUnlock } from '../../desk/pop'
import { useShortcuts } from '../../desk/shortcuts'
import { CallColumn } from '../call/CallColumn'
import { Banners } from './Banners'
import { Rail } from './Rail'
import { ShortcutSheet } from './ShortcutSheet'
import { TopBar } from './TopBar'

/** Top bar, rail, the call column that stays on every page, and the page. */
export function Shell() {
  const { agent } = useSession()
  const panel = usePanel()
  const { shift } = useShift()
  const [isSheetOpen, setSheetOpen] = useState(false)
  useScreenPop()
  useCallAttention(useCallerName(panel))
  useSoundUnlock()
  useShortcuts({ sheet: () => setSheetOpen(true) })
  const isAtWork = shift === 'phone' || shift === 'desk'
  const hasColumn = agent !== null && (isAtWork || panel.state !== 'idle')

  return (
    <div className={hasColumn ? 'shell with-call' : 'shell'}>
      <TopBar onShortcuts={() => setSheetOpen(true)} />
      <Rail />
      {hasColumn && <CallColumn />}
      <div className="page">
        <Banners />
        <Outlet />
      </div>
      <CallAnnouncer />
      <ShortcutSheet isOpen={isSheetOpen} onClose={() => setSheetOpen(false)} />
    </div>
  )
}

/** Says ringing and ending at once to screen readers, the rest when they are idle. */
function CallAnnouncer() {
  const t = useTranslations('call')
  const panel = usePanel()
  const name = useCallerName(panel)
  const queue = panel.call?.queue_name ?? ''
  const urgent = panel.state === 'ringing' ? t('announceRinging', { name, queue }) : ''
  const calm = panel.state === 'active' ? t('announceActive', { name }) : ''
  const ended = panel.state === 'wrapup' ? t('announceEnded') : ''
  return (
    <>
      <div className="visually-hidden" aria-live="assertive">
        {urgent || ended}
      </div>
      <div className="visually-hidden" aria-live="polite">
        {calm}
      </div>
    </>
  )
}
