import { describe, expect, it } from 'vitest'
import { canSignal, INITIAL, isBusy, reduce } from './state'
import type { PhoneEvent, PhoneState } from './types'

const RANG: PhoneEvent = {
  type: 'rang',
  call: { id: 'a', conversation: 'c1', number: '0550', name: 'Lamia' },
  now: 1000,
}

function after(...events: PhoneEvent[]): PhoneState {
  return events.reduce(reduce, INITIAL)
}

describe('a call on this phone', () => {
  it('rings, is answered, held, resumed and ends', () => {
    const states = [
      RANG,
      { type: 'answered', id: 'a', now: 2000 },
      { type: 'held', id: 'a', now: 3000 },
      { type: 'resumed', id: 'a', now: 4000 },
      { type: 'ended', id: 'a', cause: 'Terminated', now: 5000 },
    ] satisfies PhoneEvent[]
    const seen: (string | undefined)[] = []
    states.reduce((state, event) => {
      const next = reduce(state, event)
      seen.push(next.call?.state)
      return next
    }, INITIAL as PhoneState)
    expect(seen).toEqual(['ringing', 'active', 'held', 'active', 'ended'])
  })

  it('keeps when it was answered through hold and resume', () => {
    const state = after(
      RANG,
      { type: 'answered', id: 'a', now: 2000 },
      { type: 'held', id: 'a', now: 3000 },
    )
    expect(state.call?.answeredAt).toBe(2000)
    expect(state.call?.since).toBe(3000)
  })

  it('cannot be held before it is answered', () => {
    expect(after(RANG, { type: 'held', id: 'a', now: 2 }).call?.state).toBe('ringing')
  })

  it('ignores a second call while one stands', () => {
    const second: PhoneEvent = { ...RANG, call: { ...RANG.call, id: 'b' } }
    expect(after(RANG, second).call?.id).toBe('a')
  })

  it('gives way to the next call once it ended', () => {
    const second: PhoneEvent = { ...RANG, call: { ...RANG.call, id: 'b' } }
    const state = after(RANG, { type: 'ended', id: 'a', cause: '', now: 2 }, second)
    expect(state.call?.id).toBe('b')
    expect(state.call?.state).toBe('ringing')
  })

  it('is not moved by what arrives for another call', () => {
    const state = after(RANG, { type: 'ended', id: 'old', cause: '', now: 2 })
    expect(state.call?.state).toBe('ringing')
  })

  it('stands until it ended', () => {
    expect(isBusy(after(RANG))).toBe(true)
    expect(isBusy(after(RANG, { type: 'ended', id: 'a', cause: '', now: 2 }))).toBe(false)
  })
})

describe('the connection', () => {
  it('takes the registration with it, but not the call', () => {
    const state = after(
      { type: 'transport', transport: 'connected' },
      { type: 'registration', registration: 'registered' },
      RANG,
      { type: 'answered', id: 'a', now: 2 },
      { type: 'transport', transport: 'lost' },
    )
    expect(state.registration).toBe('none')
    expect(state.call?.state).toBe('active')
    expect(canSignal(state)).toBe(false)
  })
})
