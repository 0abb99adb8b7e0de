import { useMutation } from '@tanstack/react-query'
import { Coffee, Headset, UserPlus } from 'lucide-react'
import { useState } from 'react'
import { useTranslations } from 'use-intl'
import { linkContact, setReady } from '../../api/calls'
import { Button, Empty } from '../../components/controls'
import { Problem } from '../../components/problem'
import { PhoneNumber } from '../../components/text'
import { EXTENSION, partyNumber, useCallerName } from '../../desk/caller'
import { useLive } from '../../desk/context'
import type { Panel } from '../../desk/panel'
import { initials } from '../../i18n/format'
import { CardHeader } from '../contacts/CardHeader'
import { ContactForm } from '../contacts/ContactForm'
import { ContactRecord } from '../contacts/ContactRecord'
import { useStateWords } from '../shell/StateMenu'
import { Chooser } from './Chooser'
import { ContactFinder } from './ContactFinder'

interface CallerPaneProps {
  panel: Panel
  /** The contact the agent chose for this call; "" while none. */
  chosen: string
  onChosen: (contact: string) => void
}

/** Who is calling: one card, a choice, a new contact, or words for why there is none. */
export function CallerPane({ panel, chosen, onChosen }: CallerPaneProps) {
  const t = useTranslations('contact')
  const [problem, setProblem] = useState<unknown>(null)
  const match = panel.call?.match
  const cards = match?.contacts ?? []
  const { conversation } = panel

  const choose = (contact: string) => {
    setProblem(null)
    linkContact(conversation, contact).then(() => onChosen(contact), setProblem)
  }

  if (panel.state === 'idle') return <NoCall />
  if (chosen) return <ContactRecord key={chosen} contact={chosen} conversation={conversation} />
  if (match?.kind === 'one' && cards[0]) {
    // The pushed card is there at once; the rest of the record follows under it.
    return <ContactRecord contact={cards[0].id} card={cards[0]} conversation={conversation} />
  }
  if (isInternal(panel)) return <Colleague panel={panel} />
  return (
    <>
      <Problem problem={problem} />
      {match?.kind === 'many' ? (
        <Chooser cards={cards} onChoose={choose} />
      ) : (
        <Stranger panel={panel} onChoose={choose} />
      )}
      {match?.kind === 'unavailable' && <p className="hint">{t('unavailableHint')}</p>}
    </>
  )
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

const HINTS = {
  none: ['none', 'noneHint'],
  anonymous: ['anonymous', 'anonymousHint'],
  unavailable: ['unavailable', 'unavailableHint'],
} as const

/** Nobody matched: make a contact of the number, or find the person by name. */
function Stranger({ panel, onChoose }: { panel: Panel; onChoose: (contact: string) => void }) {
  const t = useTranslations('contact')
  const [isNew, setNew] = useState(false)
  const number = partyNumber(panel)
  const kind = (panel.call?.match.kind ?? 'none') as keyof typeof HINTS
  const [title, hint] = HINTS[kind] ?? HINTS.none
  return (
    <section className="card">
      <CardHeader
        name={number ? <PhoneNumber number={number} /> : t(title)}
        subtitle={number ? t(title) : ''}
      />
      <p className="muted">{t(hint)}</p>
      {isNew ? (
        <ContactForm
          number={number}
          onSaved={(contact) => onChoose(contact.id)}
          onCancel={() => setNew(false)}
        />
      ) : (
        <>
          <Button
            tone="primary"
            icon={<UserPlus size={16} aria-hidden />}
            onPress={() => setNew(true)}
            data-testid="new-contact"
          >
            {t('create')}
          </Button>
          <ContactFinder onChoose={onChoose} />
        </>
      )}
    </section>
  )
}
