import { describe, expect, it } from 'vitest'
import type { AgentView, CallView, FromServer, QueueView } from '../api/contracts.gen'
import { backOff, INITIAL, MissedMessage, receive, type LiveState } from './state'

const NOW = 1_000_000

const AGENT: AgentView = {
  agent: 'a1',
  name: 'Samira',
  extension: '1001',
  state: 'ready',
  reason: '',
  since_at: 0,
  until_at: 0,
  wanted_next: '',
  is_reachable: true,
}

const QUEUE: QueueView = {
  queue: 'support',
  name: 'Support',
  waiting: 0,
  longest_since_at: 0,
  ready: 1,
  agents: 1,
}

function call(conversation: string, state: string): CallView {
  return {
    conversation,
    attempt: 't1',
    direction: 'inbound',
    state,
    from_number: '',
    to_number: '',
    queue: 'support',
    queue_name: 'Support',
    waited_for: 0,
    since_at: 0,
    answered_at: 0,
    deadline_at: 0,
    match: { kind: 'none' },
  }
}

const SNAPSHOT: FromServer = {
  type: 'snapshot',
  seq: 7,
  server_at: (NOW + 250) * 1000,
  agent: AGENT,
  agents: [],
  queues: [QUEUE],
  call: null,
  alarms: [],
  is_sample: true,
}

function after(...messages: FromServer[]): LiveState {
  return messages.reduce((state, message) => receive(state, message, NOW), INITIAL)
}

describe('the live connection', () => {
  it('takes the snapshot and the server clock', () => {
    const state = after(SNAPSHOT)
    expect(state.link).toBe('open')
    expect(state.clockOffset).toBe(250)
    expect(state.queues).toEqual([QUEUE])
  })

  it('applies deltas in order', () => {
    const state = after(
      SNAPSHOT,
      { type: 'queue.changed', seq: 8, queue: { ...QUEUE, waiting: 3 } },
      { type: 'agent.changed', seq: 9, agent: { ...AGENT, state: 'reserved' } },
      { type: 'call.changed', seq: 10, call: call('c1', 'reserved') },
    )
    expect(state.seq).toBe(10)
    expect(state.queues[0]?.waiting).toBe(3)
    expect(state.agent?.state).toBe('reserved')
    expect(state.call?.conversation).toBe('c1')
  })

  it('asks to connect again after a gap', () => {
    expect(() => after(SNAPSHOT, { type: 'alarms.changed', seq: 9, alarms: [] })).toThrow(
      MissedMessage,
    )
  })

  it('sees in a pong that a message was lost', () => {
    expect(() => after(SNAPSHOT, { type: 'pong', seq: 8 })).toThrow(MissedMessage)
    expect(after(SNAPSHOT, { type: 'pong', seq: 7 }).seq).toBe(7)
  })

  it('adds a queue it did not know', () => {
    const state = after(SNAPSHOT, {
      type: 'queue.changed',
      seq: 8,
      queue: { ...QUEUE, queue: 'sales' },
    })
    expect(state.queues.map((one) => one.queue)).toEqual(['support', 'sales'])
  })

  it('does not take a colleague for this agent', () => {
    const state = after(SNAPSHOT, {
      type: 'agent.changed',
      seq: 8,
      agent: { ...AGENT, agent: 'a2', state: 'paused' },
    })
    expect(state.agent?.state).toBe('ready')
  })

  it('does not let the end of the last call displace the next one', () => {
    const state = after(
      SNAPSHOT,
      { type: 'call.changed', seq: 8, call: call('c1', 'active') },
      { type: 'call.changed', seq: 9, call: call('c2', 'reserved') },
      { type: 'call.changed', seq: 10, call: call('c1', 'ended') },
    )
    expect(state.call?.conversation).toBe('c2')
  })
})

describe('the wait before connecting again', () => {
  it('doubles to 15 seconds and is spread', () => {
    expect([0, 1, 2, 9].map((attempt) => backOff(attempt, 1))).toEqual([500, 1000, 2000, 15000])
    expect(backOff(2, 0)).toBe(1000)
  })
})
