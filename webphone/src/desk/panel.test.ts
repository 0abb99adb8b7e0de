import { describe, expect, it } from 'vitest'
import type { AgentView, CallView } from '../api/contracts.gen'
import type { PhoneCall } from '../phone/types'
import { panelOf } from './panel'

const call = (state: string, conversation = 'c1') => ({ state, conversation }) as CallView
const agent = (state: string) => ({ state }) as AgentView
const phone = (state: PhoneCall['state'], more: Partial<PhoneCall> = {}) =>
  ({ state, conversation: 'c1', answeredAt: null, ...more }) as PhoneCall

describe('the call column', () => {
  it.each([
    ['nothing going on', null, null, 'ready', 'idle'],
    ['the card before the ring', null, call('reserved'), 'reserved', 'reserved'],
    ['ringing here', phone('ringing'), call('reserved'), 'ringing', 'ringing'],
    ['talking here', phone('active'), call('ringing'), 'ringing', 'active'],
    ['held here, not yet known to the server', phone('held'), call('active'), 'talking', 'held'],
    ['on the desk phone', null, call('active'), 'talking', 'active'],
    ['wrap-up', phone('ended', { answeredAt: 5 }), call('ended'), 'wrap_up', 'wrapup'],
    ['wrap-up after a reload', null, null, 'wrap_up', 'wrapup'],
    [
      'hung up, not yet known to the server',
      phone('ended', { answeredAt: 5 }),
      call('active'),
      'wrap_up',
      'wrapup',
    ],
    ['declined, not yet known to the server', phone('ended'), call('ringing'), 'ringing', 'idle'],
    ['taken by the desk phone', phone('ended'), call('active'), 'talking', 'active'],
    [
      'the next call while the last is shown as ended',
      phone('ended', { answeredAt: 5 }),
      call('reserved', 'c2'),
      'reserved',
      'reserved',
    ],
  ])('%s', (_, phoneCall, serverCall, state, expected) => {
    expect(panelOf(phoneCall, serverCall, agent(state)).state).toBe(expected)
  })

  it('says that a call is elsewhere', () => {
    expect(panelOf(null, call('active'), agent('talking')).isElsewhere).toBe(true)
    expect(panelOf(phone('active'), call('active'), agent('talking')).isElsewhere).toBe(false)
  })

  it('takes the conversation of a dialled call from the server', () => {
    const dialled = phone('active', { conversation: '', direction: 'out' })
    expect(panelOf(dialled, call('active', 'c9'), agent('talking')).conversation).toBe('c9')
  })

  it('keeps the conversation in wrap-up', () => {
    expect(panelOf(null, call('ended'), agent('wrap_up')).conversation).toBe('c1')
  })
})
