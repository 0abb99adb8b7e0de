import { useNavigate, useSearch } from '@tanstack/react-router'
import { useTranslations } from 'use-intl'
import type { HistoryFilter } from '../../api/calls'
import { useConversations, useTeam } from '../../api/queries'
import type { Outcome } from '../../api/types'
import { useSession } from '../../app/session'
import { Button } from '../../components/controls'
import { useLive } from '../../desk/context'
import { HistoryList } from './HistoryList'
import { DateFilter } from './DateFilter'
import { PickFilter } from './filters'

const OUTCOMES: readonly Outcome[] = ['answered', 'abandoned', 'no_answer', 'busy', 'failed']

type Search = Partial<Record<'queue' | 'agent' | 'outcome' | 'from' | 'to', string>>

/** All calls the reader may see; the filters are in the address. */
export function HistoryPage() {
  const t = useTranslations('history')
  const search: Search = useSearch({ from: '/history' })
  const navigate = useNavigate()
  const history = useConversations(filterOf(search))
  const isFiltered = Object.values(search).some(Boolean)
  const set = (name: keyof Search, value: string) => {
    const wanted = { ...search, [name]: value || undefined }
    void navigate({ to: '/history', search: wanted })
  }
  return (
    <main className="centre">
      <header className="page-head">
        <h1>{t('title')}</h1>
        <Filters search={search} onChange={set} />
        {isFiltered && (
          <Button size="small" onPress={() => void navigate({ to: '/history', search: {} })}>
            {t('clear')}
          </Button>
        )}
      </header>
      <section className="card flush">
        <HistoryList
          history={history}
          emptyText={isFiltered ? t('emptyFilter') : t('empty')}
          withContact
        />
      </section>
    </main>
  )
}

interface FiltersProps {
  search: Search
  onChange: (name: keyof Search, value: string) => void
}

function Filters({ search, onChange }: FiltersProps) {
  const t = useTranslations('history')
  const { user } = useSession()
  const { queues } = useLive()
  const team = useTeam(user.role !== 'agent')
  return (
    <div className="filters">
      <DateFilter label={t('from')} value={search.from} onChange={(v) => onChange('from', v)} />
      <DateFilter label={t('to')} value={search.to} onChange={(v) => onChange('to', v)} />
      <PickFilter
        label={t('queue')}
        value={search.queue}
        choices={queues.map((queue) => [queue.queue, queue.name])}
        onChange={(v) => onChange('queue', v)}
      />
      {team.data && (
        <PickFilter
          label={t('agent')}
          value={search.agent}
          choices={team.data.agents.map((agent) => [agent.id, agent.name])}
          onChange={(v) => onChange('agent', v)}
        />
      )}
      <PickFilter
        label={t('outcome')}
        value={search.outcome}
        choices={OUTCOMES.map((one) => [one, t(one === 'failed' ? 'failed_outcome' : one)])}
        onChange={(v) => onChange('outcome', v)}
      />
    </div>
  )
}

/** Days of the address as instants: from its first to its last moment here. */
function filterOf(search: Search): HistoryFilter {
  return {
    queue: search.queue,
    agent: search.agent,
    outcome: OUTCOMES.find((one) => one === search.outcome),
    from: instant(search.from, 'T00:00:00'),
    to: instant(search.to, 'T23:59:59.999'),
  }
}

function instant(day: string | undefined, time: string): string | undefined {
  const at = day ? new Date(day + time) : null
  return at && !Number.isNaN(at.getTime()) ? at.toISOString() : undefined
}
