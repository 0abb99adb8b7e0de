import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useLocation } from '@tanstack/react-router'
import { Check, Clock } from 'lucide-react'
import { useRef, useState } from 'react'
import { useTranslations } from 'use-intl'
import { extendWrapUp, finishWrapUp } from '../../api/calls'
import { useDispositions } from '../../api/queries'
import { Button } from '../../components/controls'
import { Problem } from '../../components/problem'
import { useNow } from '../../components/text'
import { useLive } from '../../desk/context'
import { useNote, useNotedConversation } from '../../desk/note'
import type { Panel } from '../../desk/panel'
import { KEYS, useShortcuts, type Handlers } from '../../desk/shortcuts'
import { useAppearance } from '../../i18n/locale'
import { NoteField } from '../workspace/NoteField'
import { Party } from './Party'

const NUMBERED = 9
/** The page that has the notes beside the call column. */
const WORKSPACE = '/'

/** After the call: why they called, then Done. */
export function WrapUpPanel({ panel }: { panel: Panel }) {
  const t = useTranslations()
  const { language } = useAppearance()
  const choices = useDispositions().data ?? []
  const conversation = useNotedConversation(panel.conversation)
  const [chosen, setChosen] = useState('')
  const note = useNote(conversation)
  const { pathname } = useLocation()
  const list = useRef<HTMLDivElement>(null)
  const finish = useFinish(conversation, chosen, note)
  const extend = useMutation({ mutationFn: () => extendWrapUp(conversation) })
  const canFinish = chosen !== '' && conversation !== '' && !finish.isPending
  useShortcuts({
    ...choosing(
      choices.map((one) => one.code),
      setChosen,
    ),
    wrapUp: () => list.current?.querySelector('button')?.focus(),
    finish: () => canFinish && finish.mutate(),
  })

  return (
    <div className="wrap-up">
      <p className="call-kind">
        <span className="dot" aria-hidden />
        {t('call.wrapUp')}
      </p>
      <TimeLeft />
      {panel.call && <Party panel={panel} />}
      <h3 id="dispositions">{t('wrapUp.disposition')}</h3>
      <div className="dispositions" role="group" aria-labelledby="dispositions" ref={list}>
        {choices.map((one, at) => (
          <button
            key={one.code}
            type="button"
            aria-pressed={one.code === chosen}
            aria-keyshortcuts={at < NUMBERED ? `Alt+${at + 1}` : undefined}
            onClick={() => setChosen(one.code)}
            data-testid={`disposition-${at + 1}`}
          >
            <kbd aria-hidden>{at < NUMBERED ? at + 1 : ''}</kbd>
            <span>{one.label[language]}</span>
          </button>
        ))}
      </div>
      {pathname !== WORKSPACE && conversation && (
        <NoteField key={conversation} conversation={conversation} rows={3} />
      )}
      <Problem problem={finish.error ?? extend.error} />
      <div className="wrap-up-actions">
        <Button
          size="large"
          icon={<Clock size={16} aria-hidden />}
          onPress={() => extend.mutate()}
          isDisabled={conversation === '' || extend.isPending}
          data-testid="wrapup-extend"
        >
          {t('wrapUp.extend')}
        </Button>
        <Button
          tone="primary"
          size="large"
          icon={<Check size={18} aria-hidden />}
          onPress={() => finish.mutate()}
          isDisabled={!canFinish}
          keys={KEYS['finish']}
          data-testid="wrapup-done"
        >
          {t('wrapUp.done')}
        </Button>
      </div>
      {!chosen && <p className="hint">{t('wrapUp.chooseFirst')}</p>}
    </div>
  )
}

function useFinish(conversation: string, chosen: string, note: ReturnType<typeof useNote>) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: () => finishWrapUp(conversation, chosen, note.text),
    onSuccess: () => {
      note.sent()
      void queries.invalidateQueries({ queryKey: ['history'] })
    },
  })
}

function choosing(codes: string[], choose: (code: string) => void): Handlers {
  const numbered = codes.slice(0, NUMBERED)
  return Object.fromEntries(
    numbered.map((code, at) => [`disposition-${at + 1}`, () => choose(code)]),
  )
}

function TimeLeft() {
  const t = useTranslations('wrapUp')
  const { agent, clockOffset } = useLive()
  const now = useNow(500) + clockOffset
  if (!agent || agent.state !== 'wrap_up' || agent.until_at === 0) return null
  const whole = (agent.until_at - agent.since_at) / 1000
  const left = Math.max(0, agent.until_at / 1000 - now)
  return (
    <div className="time-left">
      <div className="bar" aria-hidden>
        <i style={{ inlineSize: `${Math.min(100, (left / whole) * 100)}%` }} />
      </div>
      <span role="timer" aria-live="off">
        {t('left', { n: Math.ceil(left / 1000) })}
      </span>
    </div>
  )
}
