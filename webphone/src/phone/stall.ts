/** Notices that a call's sound stopped. Signs of life are RTP packets and answered STUN checks. */

const BANNER_AFTER = 3_000
/** Consent checks are answered every 2.65 s: a silent but living path shows one within this. */
const CHECKS_WITHIN = 4_000
const HANG_UP_AFTER = 20_000

export interface StallState {
  packets: number
  checks: number
  packetsAt: number
  checksAt: number
  hasRestarted: boolean
}

export interface Reading {
  packets: number
  checks: number
}

export type StallAction = 'none' | 'recovered' | 'restart' | 'wait' | 'hang_up'

export function watchFrom(now: number): StallState {
  return { packets: 0, checks: 0, packetsAt: now, checksAt: now, hasRestarted: false }
}

/** The state after a reading, and what to do about it. Times in milliseconds. */
export function watch(
  before: StallState,
  reading: Reading,
  now: number,
): [StallState, StallAction] {
  const state = {
    ...before,
    packets: reading.packets,
    checks: reading.checks,
    packetsAt: reading.packets > before.packets ? now : before.packetsAt,
    checksAt: reading.checks > before.checks ? now : before.checksAt,
  }
  const isStalled = now - state.packetsAt >= BANNER_AFTER && now - state.checksAt >= CHECKS_WITHIN
  if (!isStalled)
    return [{ ...state, hasRestarted: false }, before.hasRestarted ? 'recovered' : 'none']
  if (now - Math.max(state.packetsAt, state.checksAt) >= HANG_UP_AFTER) return [state, 'hang_up']
  if (!before.hasRestarted) return [{ ...state, hasRestarted: true }, 'restart']
  return [state, 'wait']
}
