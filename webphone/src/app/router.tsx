import { createRootRoute, createRoute, createRouter, redirect } from '@tanstack/react-router'
import { ContactPage } from '../screens/contacts/ContactPage'
import { ContactsPage } from '../screens/contacts/ContactsPage'
import { HistoryPage } from '../screens/history/HistoryPage'
import { Home } from '../screens/Home'
import { Shell } from '../screens/shell/Shell'

const root = createRootRoute({ component: Shell, notFoundComponent: Home })

const home = createRoute({ getParentRoute: () => root, path: '/', component: Home })

const setUp = createRoute({
  getParentRoute: () => root,
  path: '/setup',
  beforeLoad: () => {
    throw redirect({ to: '/' })
  },
})

const contacts = createRoute({
  getParentRoute: () => root,
  path: '/contacts',
  validateSearch: texts('q'),
  component: ContactsPage,
})

const contact = createRoute({
  getParentRoute: () => root,
  path: '/contacts/$contact',
  component: ContactPage,
})

const history = createRoute({
  getParentRoute: () => root,
  path: '/history',
  validateSearch: texts('queue', 'agent', 'outcome', 'from', 'to'),
  component: HistoryPage,
})

/** Search parameters that are text and may be missing; others are dropped. */
function texts<Name extends string>(...names: Name[]) {
  return (search: Record<string, unknown>): Partial<Record<Name, string>> =>
    Object.fromEntries(
      names
        .filter((name) => search[name] !== undefined && search[name] !== '')
        .map((name) => [name, String(search[name])]),
    ) as Partial<Record<Name, string>>
}

export const router = createRouter({
  routeTree: root.addChildren([home, setUp, contacts, contact, history]),
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
