import { request } from './client'
import type {
  AgentDay,
  Coded,
  Contact,
  ContactDraft,
  ContactSummary,
  Conversation,
  Language,
  Page,
  Peaks,
  PhoneSettings,
  Session,
  Theme,
  User,
} from './types'

const id = encodeURIComponent

export const getSetup = () => request<{ needed: boolean }>('GET', '/api/setup')
export const setUp = (body: { token: string; name: string; login: string; password: string }) =>
  request<unknown>('POST', '/api/setup', { body })

export const getSession = () => request<Session>('GET', '/api/session')
export const signIn = (login: string, password: string) =>
  request<Session>('POST', '/api/session', { body: { login, password } })
export const signOut = () => request<void>('DELETE', '/api/session')
export const patchMe = (body: { language?: Language; theme?: Theme }) =>
  request<User>('PATCH', '/api/me', { body })

export const getPhone = () => request<PhoneSettings>('POST', '/api/phone')
export const signOn = () => request<void>('POST', '/api/agent/sign-on')
export const signOff = () => request<void>('POST', '/api/agent/sign-off')
export const setReady = () => request<void>('POST', '/api/agent/ready')
export const setPaused = (reason: string) =>
  request<void>('POST', '/api/agent/pause', { body: { reason } })
export const getDay = () => request<AgentDay>('GET', '/api/agent/day')
export const getPauseReasons = () => request<Coded[]>('GET', '/api/pause-reasons')
export const getDispositions = () => request<Coded[]>('GET', '/api/dispositions')

export const searchContacts = (q: string, cursor?: string, limit = 50) =>
  request<Page<ContactSummary>>('GET', '/api/contacts', { query: { q, limit, cursor } })
export const getContact = (contact: string) =>
  request<Contact>('GET', `/api/contacts/${id(contact)}`)
export const createContact = (body: ContactDraft) =>
  request<Contact>('POST', '/api/contacts', { body })
export const patchContact = (contact: string, body: Partial<ContactDraft> & { version: number }) =>
  request<Contact>('PATCH', `/api/contacts/${id(contact)}`, { body })
export const getContactHistory = (contact: string, cursor?: string) =>
  request<Page<Conversation>>('GET', `/api/contacts/${id(contact)}/history`, {
    query: { limit: 20, cursor },
  })

/** What the history page filters by; each is optional. */
export interface HistoryFilter {
  queue?: string
  agent?: string
  outcome?: string
  from?: string
  to?: string
}

export const getConversations = (filter: HistoryFilter, cursor?: string, limit = 50) =>
  request<Page<Conversation>>('GET', '/api/conversations', { query: { ...filter, limit, cursor } })
export const getConversation = (conversation: string) =>
  request<Conversation>('GET', `/api/conversations/${id(conversation)}`)
export const putNote = (conversation: string, text: string) =>
  request<{ saved_at: string }>('PUT', `/api/conversations/${id(conversation)}/note`, {
    body: { text },
  })
export const finishWrapUp = (conversation: string, disposition: string, note: string) =>
  request<void>('POST', `/api/conversations/${id(conversation)}/wrap-up`, {
    body: { disposition, note },
  })
export const extendWrapUp = (conversation: string) =>
  request<void>('POST', `/api/conversations/${id(conversation)}/wrap-up/extend`)
export const linkContact = (conversation: string, contact: string) =>
  request<void>('PUT', `/api/conversations/${id(conversation)}/contact`, { body: { contact } })
export const hangUp = (conversation: string) =>
  request<void>('POST', `/api/conversations/${id(conversation)}/hang-up`)

export const audioUrl = (recording: string) => `/api/recordings/${id(recording)}/audio`
export const getPeaks = (recording: string) =>
  request<Peaks>('GET', `/api/recordings/${id(recording)}/peaks`)
