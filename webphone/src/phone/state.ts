import type { CallState, PhoneCall, PhoneEvent, PhoneState } from './types'

export const INITIAL: PhoneState = { transport: 'off', registration: 'none', call: null }

/** Which call event may happen in which state; what is not listed is ignored. */
const TRANSITIONS: Record<CallState, Partial<Record<PhoneEvent['type'], CallState>>> = {
  ringing: { answered: 'active', ended: 'ended' },
  dialing: { answered: 'active', ended: 'ended' },
  active: { held: 'held', ended: 'ended' },
  held: { resumed: 'active', ended: 'ended' },
  ended: {},
}

/** The phone after an event. Pure: the time is in the event. */
export function reduce(state: PhoneState, event: PhoneEvent): PhoneState {
  switch (event.type) {
    case 'transport':
      return {
        ...state,
        transport: event.transport,
        registration: event.transport === 'connected' ? state.registration : 'none',
      }
    case 'registration':
      return { ...state, registration: event.registration }
    case 'rang':
      return isBusy(state) ? state : { ...state, call: { ...blank(event.now), ...event.call } }
    case 'dialed':
      return isBusy(state) ? state : { ...state, call: outgoing(event.id, event.number, event.now) }
    case 'stopped':
      return INITIAL
    default:
      return withCall(state, event)
  }
}

type CallEvent = Extract<PhoneEvent, { id: string }>

function withCall(state: PhoneState, event: CallEvent): PhoneState {
  const call = state.call
  if (!call || call.id !== event.id || call.state === 'ended') return state
  return { ...state, call: callAfter(call, event) }
}

function callAfter(call: PhoneCall, event: CallEvent): PhoneCall {
  if (event.type === 'identified') return { ...call, conversation: event.conversation }
  if (event.type === 'muted') return { ...call, isMuted: event.isMuted }
  if (event.type === 'sound') return { ...call, sound: event.sound }
  const next = TRANSITIONS[call.state][event.type]
  if (!next || !('now' in event)) return call
  return {
    ...call,
    state: next,
    since: event.now,
    answeredAt: event.type === 'answered' ? event.now : call.answeredAt,
    cause: event.type === 'ended' ? event.cause : '',
    sound: 'ok',
  }
}

/** A call stands, so a second one is refused. */
export function isBusy(state: PhoneState): boolean {
  return state.call !== null && state.call.state !== 'ended'
}

/** Hold, keypad and transfer need the SIP connection; without it they would end the call. */
export function canSignal(state: PhoneState): boolean {
  return state.transport === 'connected'
}

function blank(now: number): PhoneCall {
  return {
    id: '',
    conversation: '',
    direction: 'in',
    number: '',
    name: '',
    state: 'ringing',
    isMuted: false,
    sound: 'ok',
    answeredAt: null,
    since: now,
    cause: '',
  }
}

function outgoing(id: string, number: string, now: number): PhoneCall {
  return { ...blank(now), id, number, direction: 'out', state: 'dialing' }
}
