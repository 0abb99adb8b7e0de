import type { AgentView, CallView } from '../api/contracts.gen'
import type { PhoneCall } from '../phone/types'

export type PanelState = 'idle' | 'reserved' | 'ringing' | 'dialing' | 'active' | 'held' | 'wrapup'

/** What the call column shows: the server's call and this page's phone put together. */
export interface Panel {
  state: PanelState
  conversation: string
  /** The server's view of the conversation, when it has told of it. */
  call: CallView | null
  /** This page's phone, when the call is on it. */
  phone: PhoneCall | null
  /** The call is on the agent's desk phone or in another tab. */
  isElsewhere: boolean
}

const IDLE: Panel = { state: 'idle', conversation: '', call: null, phone: null, isElsewhere: false }
const STANDING = new Set(['reserved', 'ringing', 'active', 'held'])

/**
 * The phone knows first what happens to its own call, the server is right about all else.
 */
export function panelOf(
  phone: PhoneCall | null,
  call: CallView | null,
  agent: AgentView | null,
): Panel {
  if (phone && phone.state !== 'ended') return onThisPhone(phone, call)
  if (call && STANDING.has(call.state) && !hasLeft(phone, call)) return onServer(call)
  if (agent?.state === 'wrap_up') return wrapUp(phone, call)
  return IDLE
}

function onThisPhone(phone: PhoneCall, call: CallView | null): Panel {
  const standing = call && STANDING.has(call.state) ? call : null
  const isSame = !phone.conversation || phone.conversation === standing?.conversation
  return {
    state: phone.state as PanelState,
    conversation: phone.conversation || (standing?.conversation ?? ''),
    call: isSame ? standing : null,
    phone,
    isElsewhere: false,
  }
}

/** Our leg ended and the server has not said so yet; or the desk phone took the call. */
function hasLeft(phone: PhoneCall | null, call: CallView): boolean {
  if (!phone || phone.conversation !== call.conversation) return false
  return phone.answeredAt !== null || call.state === 'reserved' || call.state === 'ringing'
}

function onServer(call: CallView): Panel {
  return {
    ...IDLE,
    state: call.state as PanelState,
    conversation: call.conversation,
    call,
    isElsewhere: call.state !== 'reserved',
  }
}

function wrapUp(phone: PhoneCall | null, call: CallView | null): Panel {
  const conversation = call?.conversation ?? phone?.conversation ?? ''
  return { ...IDLE, state: 'wrapup', conversation, call }
}

/** Talking, so that leaving the page would cut somebody off. */
export function isInCall(panel: Panel): boolean {
  return ['ringing', 'dialing', 'active', 'held'].includes(panel.state)
}
