import { useMutation } from '@tanstack/react-query'
import { ChevronDown } from 'lucide-react'
import {
  Button,
  Header,
  Menu,
  MenuItem,
  MenuSection,
  MenuTrigger,
  Popover,
} from 'react-aria-components'
import { useTranslations } from 'use-intl'
import { setPaused, setReady, signOn } from '../../api/calls'
import type { AgentView } from '../../api/contracts.gen'
import { usePauseReasons } from '../../api/queries'
import { Problem } from '../../components/problem'
import { Timer } from '../../components/text'
import { useLive, useShift } from '../../desk/context'
import { useShortcuts } from '../../desk/shortcuts'
import { useAppearance } from '../../i18n/locale'

const READY = 'ready'
const OFFLINE = 'offline'
const FIRST_REASON = 'break'
const BUSY = new Set(['reserved', 'ringing', 'talking', 'held', 'wrap_up'])

/** The agent's state with its timer; opens the choice of the next one. */
export function StateMenu() {
  const t = useTranslations('state')
  const { agent, clockOffset } = useLive()
  const { shift } = useShift()
  const reasons = usePauseReasons()
  const { language } = useAppearance()
  const state = agent?.state ?? OFFLINE
  const change = useMutation({
    mutationFn: async (wanted: string) => {
      // Offline in the middle of a shift: the telephone system started anew.
      if (state === OFFLINE) await signOn()
      await (wanted === READY ? setReady() : setPaused(wanted))
    },
  })
  const words = useStateWords()
  const isFixed = !agent || (shift !== 'phone' && shift !== 'desk')
  useShortcuts({
    ready: () => !isFixed && change.mutate(state === READY ? FIRST_REASON : READY),
  })

  return (
    <span className="state">
      <MenuTrigger>
        <Button
          className="state-button"
          data-testid="state-button"
          data-state={state}
          aria-keyshortcuts="Alt+P"
          isDisabled={isFixed}
        >
          <span className="dot" aria-hidden />
          <span className="state-words">
            {words(agent)}
            {agent?.wanted_next && BUSY.has(state) && (
              <small>{t('next', { state: words(wanted(agent)) })}</small>
            )}
          </span>
          {agent && state !== OFFLINE && <Timer since={agent.since_at} offset={clockOffset} />}
          <ChevronDown size={14} aria-hidden />
        </Button>
        <Popover className="popover" placement="bottom end">
          <Menu className="menu" onAction={(key) => change.mutate(String(key))}>
            <MenuSection>
              {BUSY.has(state) && <Header>{t('afterCall')}</Header>}
              <MenuItem id={READY} className="menu-item" data-state={READY} data-testid="be-ready">
                <span className="dot" aria-hidden /> {t('goReady')}
              </MenuItem>
              {(reasons.data ?? []).map((reason) => (
                <MenuItem
                  key={reason.code}
                  id={reason.code}
                  className="menu-item"
                  data-state="paused"
                >
                  <span className="dot" aria-hidden /> {reason.label[language]}
                </MenuItem>
              ))}
            </MenuSection>
          </Menu>
        </Popover>
      </MenuTrigger>
      {change.error && <Problem problem={change.error} />}
    </span>
  )
}

type Named = Pick<AgentView, 'state' | 'reason'>

function wanted(agent: AgentView): Named {
  const next = agent.wanted_next
  if (next === 'ready' || next === 'offline') return { state: next, reason: '' }
  return { state: 'paused', reason: next }
}

/** A state in words; a pause is named by its reason. */
export function useStateWords(): (agent: Named | null) => string {
  const t = useTranslations('state')
  const reasons = usePauseReasons()
  const { language } = useAppearance()
  return (agent) => {
    if (!agent) return t('offline')
    if (agent.state !== 'paused' || !agent.reason) return t(agent.state)
    const known = reasons.data?.find((one) => one.code === agent.reason)
    if (known) return known.label[language]
    const ours = agent.reason as 'missed'
    return t.has(ours) ? t(ours) : t('paused')
  }
}
