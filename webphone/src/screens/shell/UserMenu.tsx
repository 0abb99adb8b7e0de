import { useMutation, useQueryClient } from '@tanstack/react-query'
import {
  Button,
  Header,
  Menu,
  MenuItem,
  MenuSection,
  MenuTrigger,
  Popover,
  Separator,
} from 'react-aria-components'
import { useTranslations } from 'use-intl'
import { patchMe, signOut } from '../../api/calls'
import type { Language, Session, Theme } from '../../api/types'
import { SESSION_KEY, useSession } from '../../app/session'
import { useDesk, usePanel, useShift } from '../../desk/context'
import { isInCall } from '../../desk/panel'
import { isLanguage, LANGUAGES, OWN_NAMES } from '../../i18n'
import { initials } from '../../i18n/format'
import { useAppearance } from '../../i18n/locale'

const THEMES: readonly Theme[] = ['light', 'dark', 'system']

/** Language, theme, shortcuts, end of shift, sign out. */
export function UserMenu({ onShortcuts }: { onShortcuts: () => void }) {
  const t = useTranslations()
  const { user } = useSession()
  const { language, theme } = useAppearance()
  const { shift } = useShift()
  const desk = useDesk()
  const isTalking = isInCall(usePanel())
  const change = useChangeMe()
  const leave = useSignOut()
  const isAtWork = shift === 'phone' || shift === 'desk'

  const act = (key: string) => {
    if (key === 'shortcuts') onShortcuts()
    else if (key === 'end') void desk.end().catch(() => desk.leave())
    else if (key === 'sign-out') leave.mutate()
    else if (isLanguage(key)) change.mutate({ language: key })
    else change.mutate({ theme: key as Theme })
  }

  return (
    <MenuTrigger>
      <Button
        className="avatar"
        aria-label={`${initials(user.name)}, ${t('top.account')}`}
        data-testid="user-menu"
      >
        <span aria-hidden>{initials(user.name)}</span>
      </Button>
      <Popover className="popover" placement="bottom end">
        <div className="menu-who">
          <strong>
            <bdi>{user.name}</bdi>
          </strong>
          <span className="muted">{user.login}</span>
        </div>
        <Menu
          className="menu"
          onAction={(key) => act(String(key))}
          disabledKeys={isTalking ? ['end', 'sign-out'] : []}
        >
          <MenuSection selectionMode="single" selectedKeys={[language]}>
            <Header>{t('app.language')}</Header>
            {LANGUAGES.map((one) => (
              <MenuItem key={one} id={one} className="menu-item" lang={one}>
                {OWN_NAMES[one]}
              </MenuItem>
            ))}
          </MenuSection>
          <Separator />
          <MenuSection selectionMode="single" selectedKeys={[theme]}>
            <Header>{t('app.theme')}</Header>
            {THEMES.map((one) => (
              <MenuItem key={one} id={one} className="menu-item">
                {t(`app.${one}`)}
              </MenuItem>
            ))}
          </MenuSection>
          <Separator />
          <MenuItem id="shortcuts" className="menu-item">
            {t('top.shortcuts')}
          </MenuItem>
          {isAtWork && (
            <MenuItem id="end" className="menu-item" data-testid="end-shift">
              {t('top.endShift')}
            </MenuItem>
          )}
          <MenuItem id="sign-out" className="menu-item" data-testid="sign-out">
            {t('signIn.signOut')}
          </MenuItem>
        </Menu>
      </Popover>
    </MenuTrigger>
  )
}

/** Shown at once, kept on the server when it answers. */
function useChangeMe() {
  const { setLanguage, setTheme } = useAppearance()
  const desk = useDesk()
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (wish: { language?: Language; theme?: Theme }) => {
      if (wish.language) setLanguage(wish.language)
      if (wish.theme) setTheme(wish.theme)
      return patchMe(wish)
    },
    onSuccess: (user, wish) => {
      queries.setQueryData<Session | null>(SESSION_KEY, (known) => known && { ...known, user })
      // The server names queues in the language it knew when the connection opened.
      if (wish.language) desk.live.connect()
    },
  })
}

function useSignOut() {
  const desk = useDesk()
  const queries = useQueryClient()
  const { shift } = useShift()
  return useMutation({
    mutationFn: async () => {
      if (shift === 'phone' || shift === 'desk') await desk.end().catch(() => desk.leave())
      await signOut()
    },
    onSuccess: () => {
      // The session itself stays in the cache: what watches it must hear that it is over.
      queries.setQueryData(SESSION_KEY, null)
      queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== SESSION_KEY[0] })
    },
  })
}
