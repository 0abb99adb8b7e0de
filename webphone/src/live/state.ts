import type {
  AgentView,
  Alarm,
  CallView,
  FromServer,
  QueueView,
  Snapshot,
} from '../api/contracts.gen'

export type Link = 'connecting' | 'open' | 'lost'

/** What the server says is going on now. */
export interface LiveState {
  link: Link
  /** Number of the last message; the next delta has one more. */
  seq: number
  /** Server's clock minus ours, in milliseconds. */
  clockOffset: number
  agent: AgentView | null
  team: readonly AgentView[]
  queues: readonly QueueView[]
  call: CallView | null
  alarms: readonly Alarm[]
  isSample: boolean
}

export const INITIAL: LiveState = {
  link: 'connecting',
  seq: 0,
  clockOffset: 0,
  agent: null,
  team: [],
  queues: [],
  call: null,
  alarms: [],
  isSample: false,
}

/** A message was missed: connect again and take a new snapshot. */
export class MissedMessage extends Error {}

/** The state after a message. Raises MissedMessage on a gap. `now` is Date.now(). */
export function receive(state: LiveState, message: FromServer, now: number): LiveState {
  if (message.type === 'snapshot') return fromSnapshot(message, now)
  if (message.type === 'pong') {
    if (message.seq !== state.seq) throw new MissedMessage(`at ${state.seq}, pong ${message.seq}`)
    return state
  }
  if (message.seq !== state.seq + 1) {
    throw new MissedMessage(`expected ${state.seq + 1}, got ${message.seq}`)
  }
  return { ...delta(state, message), seq: message.seq }
}

type Delta = Exclude<FromServer, { type: 'snapshot' } | { type: 'pong' }>

function delta(state: LiveState, message: Delta): LiveState {
  switch (message.type) {
    case 'call.changed':
      return { ...state, call: callAfter(state.call, message.call) }
    case 'agent.changed':
      return agentChanged(state, message.agent)
    case 'queue.changed':
      return { ...state, queues: replaced(state.queues, message.queue, (one) => one.queue) }
    case 'alarms.changed':
      return { ...state, alarms: message.alarms }
    default:
      return state
  }
}

/** The end of an older conversation does not displace the call that followed it. */
function callAfter(before: CallView | null, call: CallView): CallView {
  const isLate = call.state === 'ended' && before !== null && before.state !== 'ended'
  return isLate && before.conversation !== call.conversation ? before : call
}

function agentChanged(state: LiveState, agent: AgentView): LiveState {
  const isMe = state.agent?.agent === agent.agent
  return {
    ...state,
    agent: isMe ? agent : state.agent,
    team: state.team.length > 0 ? replaced(state.team, agent, (one) => one.agent) : state.team,
  }
}

function replaced<T>(list: readonly T[], item: T, key: (item: T) => string): readonly T[] {
  const known = list.some((one) => key(one) === key(item))
  return known ? list.map((one) => (key(one) === key(item) ? item : one)) : [...list, item]
}

function fromSnapshot(message: Snapshot, now: number): LiveState {
  return {
    link: 'open',
    seq: message.seq,
    clockOffset: message.server_at / 1000 - now,
    agent: message.agent,
    team: message.agents,
    queues: message.queues,
    call: message.call,
    alarms: message.alarms,
    isSample: message.is_sample,
  }
}

/** Milliseconds to wait before the n-th attempt (from 0): doubling to 15 s, spread by `dice`. */
export function backOff(attempt: number, dice: number): number {
  const longest = Math.min(15_000, 500 * 2 ** attempt)
  return longest / 2 + (longest / 2) * dice
}
