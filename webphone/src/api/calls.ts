import { api, body } from './client'
import type { ContactChange, ContactDraft, Language, Outcome, Theme } from './types'

/** Every question to the server, by name. Each raises ApiError. */

export const getSetup = () => body(api.GET('/api/setup'))
export const setUp = (administrator: Administrator) =>
  body(api.POST('/api/setup', { body: administrator }))

interface Administrator {
  token: string
  name: string
  login: string
  password: string
}

export const getSession = () => body(api.GET('/api/session'))
export const signIn = (login: string, password: string) =>
  body(api.POST('/api/session', { body: { login, password } }))
export const signOut = () => body(api.DELETE('/api/session'))
export const patchMe = (wish: { language?: Language; theme?: Theme }) =>
  body(api.PATCH('/api/me', { body: wish }))

export const getPhone = () => body(api.POST('/api/phone'))
export const signOn = () => body(api.POST('/api/agent/sign-on'))
export const signOff = () => body(api.POST('/api/agent/sign-off'))
export const setReady = () => body(api.POST('/api/agent/ready'))
export const setPaused = (reason: string) =>
  body(api.POST('/api/agent/pause', { body: { reason } }))
export const getDay = () => body(api.GET('/api/agent/day'))
export const getPauseReasons = () => body(api.GET('/api/pause-reasons'))
export const getDispositions = () => body(api.GET('/api/dispositions'))
export const getTeam = () => body(api.GET('/api/team'))

export const searchContacts = (q: string, cursor?: string, limit = 50) =>
  body(api.GET('/api/contacts', { params: { query: { q, limit, cursor } } }))
export const getContact = (contact_id: string) =>
  body(api.GET('/api/contacts/{contact_id}', { params: { path: { contact_id } } }))
/** Who has this number, as the server would have pushed it. */
export const lookUp = (phone: string) =>
  body(api.GET('/api/contacts/lookup', { params: { query: { phone } } }))
export const createContact = (draft: ContactDraft) =>
  body(api.POST('/api/contacts', { body: draft }))
export const patchContact = (contact_id: string, change: ContactChange) =>
  body(api.PATCH('/api/contacts/{contact_id}', { params: { path: { contact_id } }, body: change }))
export const getContactHistory = (contact_id: string, cursor?: string) =>
  body(
    api.GET('/api/contacts/{contact_id}/history', {
      params: { path: { contact_id }, query: { limit: 20, cursor } },
    }),
  )

/** What the history page filters by; each is optional. `from` and `to` are ISO 8601. */
export interface HistoryFilter {
  queue?: string
  agent?: string
  outcome?: Outcome
  from?: string
  to?: string
}

export const getConversations = (filter: HistoryFilter, cursor?: string, limit = 50) =>
  body(api.GET('/api/conversations', { params: { query: { ...filter, limit, cursor } } }))

const at = (conversation: string) => ({ params: { path: { conversation } } })

export const getConversation = (conversation: string) =>
  body(api.GET('/api/conversations/{conversation}', at(conversation)))
export const putNote = (conversation: string, text: string) =>
  body(api.PUT('/api/conversations/{conversation}/note', { ...at(conversation), body: { text } }))
export const finishWrapUp = (conversation: string, disposition: string, note: string) =>
  body(
    api.POST('/api/conversations/{conversation}/wrap-up', {
      ...at(conversation),
      body: { disposition, note },
    }),
  )
export const extendWrapUp = (conversation: string) =>
  body(api.POST('/api/conversations/{conversation}/wrap-up/extend', at(conversation)))
export const linkContact = (conversation: string, contact: string) =>
  body(
    api.PUT('/api/conversations/{conversation}/contact', {
      ...at(conversation),
      body: { contact },
    }),
  )
export const hangUp = (conversation: string) =>
  body(api.POST('/api/conversations/{conversation}/hang-up', at(conversation)))

export const audioUrl = (recording: string) =>
  `/api/recordings/${encodeURIComponent(recording)}/audio`
export const getPeaks = (recording: string) =>
  body(api.GET('/api/recordings/{recording}/peaks', { params: { path: { recording } } }))
