import { useMutation } from '@tanstack/react-query'
import { Coffee, Headset } from 'lucide-react'
import { useTranslations } from 'use-intl'
import { setReady } from '../../api/calls'
import { Button, Empty } from '../../components/controls'
import { Problem } from '../../components/problem'
import { PhoneNumber } from '../../components/text'
import { EXTENSION, partyNumber, useCallerName } from '../../desk/caller'
import { useLive } from '../../desk/context'
import type { Panel } from '../../desk/panel'
import { initials } from '../../i18n/format'
import { CardHeader } from '../contacts/CardHeader'
import { ContactRecord } from '../contacts/ContactRecord'
import { useStateWords } from '../shell/StateMenu'
import { Chooser } from './Chooser'
import { Stranger } from './Stranger'
import { useMatch } from './useMatch'

interface CallerPaneProps {
  panel: Panel
  /** The contact the agent chose for this call; "" while none. */
  chosen: string
  onChosen: (contact: string) => void
}

/** Who is calling: one card, a choice, a new contact, or words for why there is none. */
export function CallerPane({ panel, chosen, onChosen }: CallerPaneProps) {
  const { conversation } = panel
  const { match, problem, choose, retry } = useMatch(panel, onChosen)
  const cards = match?.contacts ?? []

  if (panel.state === 'idle') return <NoCall />
  if (chosen) return <ContactRecord key={chosen} contact={chosen} conversation={conversation} />
  if (match?.kind === 'one' && cards[0]) {
    // The pushed card is there at once; the rest of the record follows under it.
    return (
      <>
        <Problem problem={problem} />
        <ContactRecord contact={cards[0].id} card={cards[0]} conversation={conversation} />
      </>
    )
  }
  if (isInternal(panel)) return <Colleague panel={panel} />
  return (
    <>
      <Problem problem={problem} />
      {match?.kind === 'many' ? (
        <Chooser cards={cards} onChoose={choose} />
      ) : (
        <Stranger
          panel={panel}
          kind={match?.kind ?? unmatchedKind(panel)}
          onChoose={choose}
          onRetry={retry}
        />
      )}
    </>
  )
}

/** It rings here and the server has not said who it is: nobody looked the caller up. */
function unmatchedKind(panel: Panel) {
  return panel.phone?.direction === 'in' ? 'unavailable' : 'none'
}

/** Ready and waiting; or away, with the way back. */
function NoCall() {
  const t = useTranslations()
  const { agent } = useLive()
  const words = useStateWords()
  const ready = useMutation({ mutationFn: setReady })
  if (agent?.state !== 'paused') {
    return (
      <Empty
        title={t('contact.noCallTitle')}
        icon={<Headset size={36} strokeWidth={1.5} aria-hidden />}
      >
        {t('contact.noCall')}
      </Empty>
    )
  }
  return (
    <div className="empty">
      <Coffee size={36} strokeWidth={1.5} aria-hidden />
      <strong>{words(agent)}</strong>
      <p>{t('contact.away')}</p>
      <Button tone="good" onPress={() => ready.mutate()} data-testid="go-ready">
        {t('state.goReady')}
      </Button>
      <Problem problem={ready.error} />
    </div>
  )
}

function isInternal(panel: Panel): boolean {
  return panel.call ? panel.call.direction === 'internal' : EXTENSION.test(partyNumber(panel))
}

/** A call between extensions: nobody to look up. */
function Colleague({ panel }: { panel: Panel }) {
  const t = useTranslations('contact')
  const name = useCallerName(panel)
  const number = partyNumber(panel)
  return (
    <section className="card">
      <CardHeader
        face={initials(name)}
        name={name}
        subtitle={
          <>
            {t('internal')} {number !== name && <PhoneNumber number={number} />}
          </>
        }
      />
    </section>
  )
}
