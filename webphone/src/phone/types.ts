/** The phone's own vocabulary: nothing here comes from a SIP library. */

export type Transport = 'off' | 'connecting' | 'connected' | 'lost'
export type Registration = 'none' | 'registered' | 'refused'
export type CallState = 'ringing' | 'dialing' | 'active' | 'held' | 'ended'
export type SoundPath = 'ok' | 'stalled'

/** How to register: what POST /api/phone answers. */
export interface Credentials {
  uri: string
  username: string
  password: string
  realm: string
  displayName: string
  wssUrl: string
}

export interface PhoneCall {
  /** Ours, one per SIP dialog. */
  id: string
  /** The conversation (header X-Call-Id); "" until the server said it. */
  conversation: string
  direction: 'in' | 'out'
  number: string
  name: string
  state: CallState
  isMuted: boolean
  sound: SoundPath
  /** Milliseconds of Date.now(); null until answered. */
  answeredAt: number | null
  /** When the present state began. */
  since: number
  /** Why it ended; "" before. */
  cause: string
}

export interface PhoneState {
  transport: Transport
  registration: Registration
  call: PhoneCall | null
}

export type PhoneEvent =
  | { type: 'transport'; transport: Transport }
  | { type: 'registration'; registration: Registration }
  | { type: 'rang'; call: IncomingCall; now: number }
  | { type: 'dialed'; id: string; number: string; now: number }
  | { type: 'identified'; id: string; conversation: string }
  | { type: 'answered'; id: string; now: number }
  | { type: 'held'; id: string; now: number }
  | { type: 'resumed'; id: string; now: number }
  | { type: 'muted'; id: string; isMuted: boolean }
  | { type: 'sound'; id: string; sound: SoundPath }
  | { type: 'ended'; id: string; cause: string; now: number }
  | { type: 'stopped' }

export interface IncomingCall {
  id: string
  conversation: string
  number: string
  name: string
}

/** What one direction of sound is like now: loudness in dBFS, strongest frequency in hertz. */
export interface Level {
  db: number
  hz: number
}

/** Measured once a second while talking. */
export interface LinkQuality {
  /** 0 (unusable) to 3 (good). */
  bars: 0 | 1 | 2 | 3
  /** Seconds; null when the server sent no reports. */
  roundTrip: number | null
  jitter: number
  /** Share of packets lost since the call began, 0..1. */
  loss: number
}
