import { useState } from 'react'
import { linkContact, lookUp } from '../../api/calls'
import type { Match } from '../../api/contracts.gen'
import { partyNumber } from '../../desk/caller'
import type { Panel } from '../../desk/panel'

/** Who the caller may be: as pushed with the call, or as asked again when that failed. */
export function useMatch(panel: Panel, onChosen: (contact: string) => void) {
  const [found, setFound] = useState<Match>()
  const [problem, setProblem] = useState<unknown>(null)
  const number = partyNumber(panel)

  const choose = (contact: string) => {
    setProblem(null)
    linkContact(panel.conversation, contact).then(() => onChosen(contact), setProblem)
  }
  const retry = () => {
    setProblem(null)
    lookUp(number).then((match) => {
      setFound(match)
      const only = match.kind === 'one' ? match.contacts[0] : undefined
      if (only) choose(only.id)
    }, setProblem)
  }
  return { match: found ?? panel.call?.match, problem, choose, retry }
}
