import { useQueryClient } from '@tanstack/react-query'
import {
  createContext,
  useContext,
  useEffect,
  useMemo,
  useState,
  useSyncExternalStore,
  type ReactNode,
} from 'react'
import { SESSION_KEY, useSession } from '../app/session'
import type { LiveState } from '../live/state'
import type { LinkQuality, PhoneState } from '../phone/types'
import { Desk, type DeskState } from './desk'
import { panelOf, type Panel } from './panel'

const DeskContext = createContext<Desk | null>(null)

/** Opens the live connection for whoever is signed in, and closes it with them. */
export function DeskProvider({ children }: { children: ReactNode }) {
  const queries = useQueryClient()
  const isAgent = useSession().agent !== null
  const [desk] = useState(() => new Desk(liveUrl()))

  useEffect(() => {
    desk.open(isAgent, {
      onHistory: () => void queries.invalidateQueries({ queryKey: ['history'] }),
      onSignedOut: () => void queries.invalidateQueries({ queryKey: SESSION_KEY }),
    })
    return () => desk.close()
  }, [desk, isAgent, queries])

  return <DeskContext value={desk}>{children}</DeskContext>
}

export function useDesk(): Desk {
  const desk = useContext(DeskContext)
  if (!desk) throw new Error('useDesk outside DeskProvider')
  return desk
}

export function useShift(): DeskState {
  const desk = useDesk()
  return useSyncExternalStore(desk.subscribe, desk.snapshot)
}

export function useLive(): LiveState {
  const { live } = useDesk()
  return useSyncExternalStore(live.subscribe, live.snapshot)
}

export function usePhone(): PhoneState {
  const { phone } = useDesk()
  return useSyncExternalStore(phone.subscribe, phone.snapshot)
}

export function useLinkQuality(): LinkQuality | null {
  const { phone } = useDesk()
  return useSyncExternalStore(phone.subscribe, phone.linkQuality)
}

/** The call column's one truth. */
export function usePanel(): Panel {
  const { call } = usePhone()
  const live = useLive()
  return useMemo(() => panelOf(call, live.call, live.agent), [call, live.call, live.agent])
}

function liveUrl(): string {
  return `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/api/live`
}
