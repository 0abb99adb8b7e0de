import * as calls from '../api/calls'
import { ApiError } from '../api/client'
import type { AgentState } from '../api/contracts.gen'
import { LiveClient } from '../live/client'
import { Leader } from '../phone/leader'
import { NoMicrophone } from '../phone/microphone'
import { Phone } from '../phone/phone'
import type { Credentials } from '../phone/types'

/**
 * off: not started here. phone: this page is the phone. desk: calls go to the desk phone.
 * elsewhere: another tab is the phone.
 */
export type Shift = 'off' | 'starting' | 'phone' | 'desk' | 'elsewhere'

export interface DeskState {
  shift: Shift
  /** A stable code that the screen turns into words; "" when all is well. */
  problem: string
  /** The browser wants a click before it plays sound. */
  isSoundBlocked: boolean
}

const REMEMBERED = 'nidaa.shift'
const REGISTER_WITHIN = 8_000
const RENEW_AFTER = 10_000
const BUSY: readonly AgentState[] = ['reserved', 'ringing', 'talking', 'held', 'wrap_up']

/** The agent's place of work in this tab: live connection, phone, and who owns the phone. */
export class Desk {
  readonly live: LiveClient
  readonly phone = new Phone()
  private readonly leader = new Leader()
  private readonly listeners = new Set<() => void>()
  private state: DeskState = { shift: 'off', problem: '', isSoundBlocked: false }
  private renewal?: ReturnType<typeof setTimeout>

  constructor(liveUrl: string) {
    this.live = new LiveClient(liveUrl)
    this.leader.onLost = () => this.lose()
    this.phone.hangUpElsewhere = (conversation) => void calls.hangUp(conversation).catch(() => {})
    this.phone.onRefused = () => this.renew()
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  readonly snapshot = (): DeskState => this.state

  /** Connect to the server, and be again what this tab was before a reload. */
  open(isAgent: boolean, callbacks: Pick<LiveClient, 'onHistory' | 'onSignedOut'>): void {
    Object.assign(this.live, callbacks)
    this.live.connect()
    if (isAgent) void this.resume()
  }

  /** The page goes away or is drawn anew: stop without forgetting what this tab was. */
  close(): void {
    this.live.close()
    this.suspend()
  }

  /** Be the phone and become ready. Call it from a click, which is what allows sound. */
  async start(): Promise<void> {
    await this.attempt(async () => {
      await this.bePhone(await this.leader.claim())
      if (this.state.shift === 'phone') await this.becomeReady()
    })
  }

  /** The same after taking the phone away from the other tab. */
  async takeOver(): Promise<void> {
    await this.attempt(async () => {
      await this.leader.takeOver()
      await this.bePhone(true)
      if (this.state.shift === 'phone') await this.becomeReady()
    })
  }

  /** Work with the desk phone: this page only shows cards and takes notes. */
  async startAtDesk(): Promise<void> {
    await this.attempt(async () => {
      await this.becomeReady()
      this.remember('desk')
    })
  }

  async end(): Promise<void> {
    await calls.signOff()
    this.leave()
  }

  /** Let go of phone and microphone, for example when signing out. */
  leave(): void {
    sessionStorage.removeItem(REMEMBERED)
    this.suspend()
    this.set({ shift: 'off', problem: '' })
  }

  async allowSound(): Promise<void> {
    this.set({ isSoundBlocked: !(await this.phone.unlock()) })
  }

  private async resume(): Promise<void> {
    const was = sessionStorage.getItem(REMEMBERED)
    if (was === 'desk') return this.set({ shift: 'desk' })
    if (was !== 'phone') return
    await this.attempt(async () => this.bePhone(await this.leader.claim()))
  }

  private suspend(): void {
    clearTimeout(this.renewal)
    this.phone.stop()
    this.phone.microphone.close()
    this.leader.leave()
  }

  private async attempt(steps: () => Promise<void>): Promise<void> {
    this.set({ shift: 'starting', problem: '' })
    try {
      await steps()
    } catch (error) {
      if (error instanceof NoMicrophone) this.fail(`microphone_${error.problem}`)
      else if (error instanceof ApiError) this.fail(error.code)
      else throw error
    }
  }

  private fail(problem: string): void {
    this.phone.stop()
    this.leader.leave()
    this.set({ shift: 'off', problem })
  }

  private async bePhone(isLeader: boolean): Promise<void> {
    if (!isLeader) return this.set({ shift: 'elsewhere' })
    const isAudible = this.phone.unlock()
    await this.phone.microphone.open()
    this.phone.start(await credentials())
    if (!(await this.registered())) return this.fail('phone_unreachable')
    this.remember('phone')
    this.set({ isSoundBlocked: !(await isAudible) })
  }

  private registered(): Promise<boolean> {
    return new Promise((resolve) => {
      const done = (is: boolean) => {
        clearTimeout(timer)
        unsubscribe()
        resolve(is)
      }
      const timer = setTimeout(() => done(false), REGISTER_WITHIN)
      const unsubscribe = this.phone.subscribe(() => {
        if (this.phone.snapshot().registration === 'registered') done(true)
      })
    })
  }

  private async becomeReady(): Promise<void> {
    const state = this.live.snapshot().agent?.state ?? 'offline'
    if (state === 'offline') await calls.signOn()
    if (!BUSY.includes(state)) await calls.setReady()
  }

  /** The secret was changed, for example by a take-over that then went away. */
  private renew(): void {
    clearTimeout(this.renewal)
    this.renewal = setTimeout(() => {
      credentials()
        .then((fresh) => this.state.shift === 'phone' && this.phone.start(fresh))
        .catch(() => this.renew())
    }, RENEW_AFTER)
  }

  private lose(): void {
    clearTimeout(this.renewal)
    sessionStorage.removeItem(REMEMBERED)
    this.phone.stop()
    this.phone.microphone.close()
    this.set({ shift: 'elsewhere' })
  }

  private remember(shift: 'phone' | 'desk'): void {
    sessionStorage.setItem(REMEMBERED, shift)
    this.set({ shift })
  }

  private set(change: Partial<DeskState>): void {
    this.state = { ...this.state, ...change }
    for (const listener of this.listeners) listener()
  }
}

async function credentials(): Promise<Credentials> {
  const { display_name, wss_url, ...rest } = await calls.getPhone()
  return { ...rest, displayName: display_name, wssUrl: wss_url }
}
