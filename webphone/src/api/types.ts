/** The REST contract's resources, in the words of the server. Times are ISO 8601, spans seconds. */

export type Language = 'fr' | 'ar' | 'en'
export type Theme = 'light' | 'dark' | 'system'
export type Role = 'agent' | 'supervisor' | 'admin'
export type Words = Record<Language, string>

export interface User {
  id: string
  login: string
  name: string
  role: Role
  language: Language
  theme: Theme
}

export interface Session {
  user: User
  agent: { id: string; extension: string } | null
  csrf: string
  is_sample: boolean
  locale_country: string
}

export interface PhoneSettings {
  uri: string
  username: string
  password: string
  realm: string
  display_name: string
  wss_url: string
}

export interface Coded {
  code: string
  label: Words
}

export interface AgentDay {
  calls: number
  talk_for: number
  hold_for: number
  wrap_up_for: number
  ready_for: number
  signed_on_for: number
  occupancy: number | null
}

export interface ContactNumber {
  raw: string
  e164: string
  national: string
  label: string
}

export interface Contact {
  id: string
  version: number
  name: string
  company: string
  email: string
  language: Language | ''
  is_vip: boolean
  wilaya: string
  notes: string
  numbers: ContactNumber[]
  created_at: string
  updated_at: string
  is_sample: boolean
}

export interface ContactSummary {
  id: string
  name: string
  company: string
  is_vip: boolean
  wilaya: string
  numbers: ContactNumber[]
}

export interface ContactDraft {
  name: string
  company: string
  email: string
  language: string
  is_vip: boolean
  wilaya: string
  notes: string
  numbers: { raw: string; label: string }[]
}

export type SegmentKind = 'ivr' | 'queue' | 'ring' | 'talk' | 'hold' | 'wrap_up'

export interface Segment {
  leg: string
  role: string
  kind: SegmentKind
  queue: string
  agent: string
  started_at: string
  ended_at: string | null
  seconds: number
}

export interface RingAttempt {
  id: string
  agent: string
  agent_name: string
  queue: string
  started_at: string
  ended_at: string | null
  result: string
}

export interface Recording {
  id: string
  duration_for: number
  is_ready: boolean
}

export interface Conversation {
  id: string
  direction: string
  from_number: string
  to_number: string
  queue: string
  queue_title: Words | null
  started_at: string
  ended_at: string | null
  outcome: string | null
  waited_for: number
  talk_for: number
  hold_for: number
  wrap_up_for: number
  contact: { id: string; name: string } | null
  agents: { id: string; name: string }[]
  segments: Segment[]
  ring_attempts: RingAttempt[]
  recordings: Recording[]
  disposition: { code: string; note: string; saved_at: string; agent: string } | null
}

export interface Peaks {
  left: number[]
  right: number[]
  duration_for: number
}

export interface Page<T> {
  items: T[]
  next: string | null
}
