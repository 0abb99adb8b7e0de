import { useQuery, useQueryClient } from '@tanstack/react-query'
import { createContext, useContext, useEffect, type ReactNode } from 'react'
import { getSession, getSetup, patchMe } from '../api/calls'
import { ApiError, onSignedOut, setCsrf } from '../api/client'
import type { Language, Session } from '../api/types'
import { useAppearance } from '../i18n/locale'
import { SetUp } from '../screens/signin/SetUp'
import { SignIn } from '../screens/signin/SignIn'
import { Unreachable } from '../screens/signin/Unreachable'

const SessionContext = createContext<Session | null>(null)
export const SESSION_KEY = ['session']
const SET_UP = '/setup'
const RETRY = { retry: true, retryDelay: 3_000 }

/** Shows its children to somebody signed in, and sign-in or set-up to anybody else. */
export function SessionGate({ children }: { children: ReactNode }) {
  const queries = useQueryClient()
  const session = useQuery({ queryKey: SESSION_KEY, queryFn: readSession, ...RETRY })
  const setup = useQuery({
    queryKey: ['setup'],
    queryFn: getSetup,
    enabled: session.data === null,
    ...RETRY,
  })
  const { language, picked } = useAppearance()
  useUserAppearance(session.data)
  useEffect(() => onSignedOut(() => queries.setQueryData(SESSION_KEY, null)), [queries])

  const enter = async (fresh: Session, wanted: Language | null) => {
    setCsrf(fresh.csrf)
    queries.setQueryData(SESSION_KEY, await inLanguage(fresh, wanted))
  }
  if (session.failureCount > 0 && !session.data) return <Unreachable />
  if (session.data) return <SessionContext value={session.data}>{children}</SessionContext>
  if (session.data === undefined || setup.data === undefined) return null
  // The sample company's people can sign in before there is an administrator.
  if (setup.data.needed && location.pathname === SET_UP)
    return <SetUp onDone={(fresh) => enter(fresh, language)} />
  return <SignIn onDone={(fresh) => enter(fresh, picked)} setUp={setup.data.needed ? SET_UP : ''} />
}

export function useSession(): Session {
  const session = useContext(SessionContext)
  if (!session) throw new Error('useSession outside SessionGate')
  return session
}

/** The session, or null when nobody is signed in. */
async function readSession(): Promise<Session | null> {
  try {
    const session = await getSession()
    setCsrf(session.csrf)
    return session
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return null
    throw error
  }
}

/** The session with the language picked before signing in, which is kept for the next time. */
async function inLanguage(fresh: Session, wanted: Language | null): Promise<Session> {
  if (!wanted || wanted === fresh.user.language) return fresh
  const user = { ...fresh.user, language: wanted }
  return patchMe({ language: wanted }).then(
    (saved) => ({ ...fresh, user: saved }),
    () => ({ ...fresh, user }),
  )
}

function useUserAppearance(session: Session | null | undefined): void {
  const { setLanguage, setTheme } = useAppearance()
  const user = session?.user
  useEffect(() => {
    if (!user) return
    setLanguage(user.language)
    setTheme(user.theme)
  }, [user, setLanguage, setTheme])
}
