import { Hourglass } from 'lucide-react'
import { useTranslations } from 'use-intl'
import type { AgentView, QueueView } from '../../api/contracts.gen'
import { Empty } from '../../components/controls'
import { Timer, useNow } from '../../components/text'
import { useDesk, useLive } from '../../desk/context'
import { staleFor } from '../../live/age'
import { useStateWords } from '../shell/StateMenu'

/** Queues and agents as they are now, for supervisors and administrators. */
export function LiveBoard() {
  const t = useTranslations('live')
  const { queues, team, clockOffset } = useLive()
  const age = useAge()
  return (
    <main className={age > 0 ? 'centre stale' : 'centre'} data-testid="live-board">
      <header className="page-head">
        <h1>{t('queues')}</h1>
        {age > 0 && (
          <span className="stale-mark" data-testid="stale">
            <Hourglass size={14} aria-hidden /> {t('age', { n: age })}
          </span>
        )}
      </header>
      <section className="card flush">
        {queues.length === 0 && <Empty>{t('noQueues')}</Empty>}
        {queues.length > 0 && <QueueTable queues={queues} offset={clockOffset} />}
      </section>
      <header className="page-head">
        <h1>{t('agents')}</h1>
      </header>
      <section className="card flush">
        {team.length === 0 && <Empty>{t('noAgents')}</Empty>}
        {team.length > 0 && <AgentTable team={team} offset={clockOffset} />}
      </section>
    </main>
  )
}

/** How old the figures are, in seconds; 0 while they are fresh. */
function useAge(): number {
  const { live } = useDesk()
  return staleFor(live.heardAt, useNow(1000))
}

function QueueTable({ queues, offset }: { queues: readonly QueueView[]; offset: number }) {
  const t = useTranslations('live')
  return (
    <table className="table">
      <thead>
        <tr>
          <th scope="col">{t('queue')}</th>
          <th scope="col">{t('waiting')}</th>
          <th scope="col">{t('longest')}</th>
          <th scope="col">{t('ready')}</th>
          <th scope="col">{t('signedOn')}</th>
        </tr>
      </thead>
      <tbody>
        {queues.map((queue) => (
          <tr key={queue.queue} data-testid={`queue-${queue.queue}`}>
            <th scope="row">{queue.name}</th>
            <td className={queue.waiting > 0 ? 'num hot' : 'num'}>{queue.waiting}</td>
            <td>
              {queue.longest_since_at > 0 ? (
                <Timer since={queue.longest_since_at} offset={offset} />
              ) : (
                '–'
              )}
            </td>
            <td className="num">{queue.ready}</td>
            <td className="num">{queue.agents}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function AgentTable({ team, offset }: { team: readonly AgentView[]; offset: number }) {
  const t = useTranslations('live')
  const words = useStateWords()
  return (
    <table className="table">
      <thead>
        <tr>
          <th scope="col">{t('agent')}</th>
          <th scope="col">{t('extension')}</th>
          <th scope="col">{t('state')}</th>
          <th scope="col">{t('since')}</th>
          <th scope="col">{t('phone')}</th>
        </tr>
      </thead>
      <tbody>
        {team.map((agent) => (
          <tr key={agent.agent} data-testid={`agent-${agent.extension}`} data-state={agent.state}>
            <th scope="row">
              <bdi>{agent.name}</bdi>
            </th>
            <td className="num">{agent.extension}</td>
            <td>
              <span className="state-cell" data-state={agent.state}>
                <span className="dot" aria-hidden /> {words(agent)}
              </span>
            </td>
            <td>{agent.since_at > 0 ? <Timer since={agent.since_at} offset={offset} /> : '–'}</td>
            <td>{agent.is_reachable ? t('reachable') : t('unreachable')}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
