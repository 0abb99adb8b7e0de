/** The REST contract's resources by short names; their shapes are generated from openapi.json. */

import type { components } from './openapi.gen'

type Schemas = components['schemas']

export type Session = Schemas['SessionView']
export type User = Schemas['UserView']
export type Language = User['language']
export type Theme = User['theme']
export type Words = Schemas['Label']
export type PhoneSettings = Schemas['PhoneView']
export type Coded = Schemas['Choice']
export type AgentDay = Schemas['AgentDay']
export type Contact = Schemas['ContactView']
export type ContactSummary = Schemas['ContactSummary']
export type ContactDraft = Required<Schemas['NewContactBody']>
export type ContactChange = Schemas['ChangedContactBody']
export type Segment = Schemas['SegmentView']
export type SegmentKind = Segment['kind']
export type RingAttempt = Schemas['RingAttemptView']
export type Recording = Schemas['RecordingView']
export type Conversation = Schemas['ConversationView']
export type Outcome = NonNullable<Conversation['outcome']>
export type Peaks = Schemas['Peaks']
export type Team = Schemas['Team']

export interface Page<T> {
  items: T[]
  next: string | null
}
