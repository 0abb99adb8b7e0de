import type { FromBrowser, FromServer, HistoryChanged } from '../api/contracts.gen'
import { backOff, INITIAL, MissedMessage, receive, type LiveState } from './state'

const PING_EVERY = 4_000
const PONG_WITHIN = 5_000
/** Close codes by which crm_api says that the session is over (RFC 6455 7.4.2: private use). */
const SIGNED_OUT = new Set([1008, 4401, 4403])

/** The live WebSocket: keeps connected, keeps LiveState, tells listeners. */
export class LiveClient {
  onHistory: (change: HistoryChanged) => void = () => {}
  onSignedOut: () => void = () => {}

  /** When the server was last heard, as Date.now(); 0 before the first word. */
  heardAt = 0

  private state: LiveState = INITIAL
  private readonly listeners = new Set<() => void>()
  private socket?: WebSocket
  private attempt = 0
  private ping?: ReturnType<typeof setInterval>
  private watchdog?: ReturnType<typeof setTimeout>
  private again?: ReturnType<typeof setTimeout>

  constructor(private readonly url: string) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  readonly snapshot = (): LiveState => this.state

  connect(): void {
    clearTimeout(this.again)
    this.drop()
    const socket = new WebSocket(this.url)
    this.socket = socket
    // The same wait covers a server that accepts and then says nothing.
    this.watchdog = setTimeout(() => this.lost(socket, 0), PONG_WITHIN)
    socket.onmessage = (event: MessageEvent<string>) => this.received(socket, event.data)
    socket.onclose = (event) => this.lost(socket, event.code)
    window.addEventListener('online', this.hurry)
    document.addEventListener('visibilitychange', this.beat)
  }

  close(): void {
    clearTimeout(this.again)
    window.removeEventListener('online', this.hurry)
    document.removeEventListener('visibilitychange', this.beat)
    this.drop()
    this.update(INITIAL)
  }

  send(message: FromBrowser): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message))
  }

  private readonly hurry = () => {
    if (this.state.link !== 'open') this.connect()
  }

  private readonly beat = () => {
    const socket = this.socket
    if (!socket || this.watchdog !== undefined) return
    this.send({ type: 'ping' })
    this.watchdog = setTimeout(() => this.lost(socket, 0), PONG_WITHIN)
  }

  private received(socket: WebSocket, text: string): void {
    if (socket !== this.socket) return
    clearTimeout(this.watchdog)
    this.watchdog = undefined
    this.heardAt = Date.now()
    const message = JSON.parse(text) as FromServer
    if (message.type === 'snapshot') this.opened()
    try {
      this.update(receive(this.state, message, Date.now()))
    } catch (error) {
      if (!(error instanceof MissedMessage)) throw error
      this.connect()
      return
    }
    if (message.type === 'history.changed') this.onHistory(message)
  }

  private opened(): void {
    this.attempt = 0
    clearInterval(this.ping)
    this.ping = setInterval(this.beat, PING_EVERY)
  }

  private lost(socket: WebSocket, code: number): void {
    if (socket !== this.socket) return
    this.drop()
    if (SIGNED_OUT.has(code)) return this.onSignedOut()
    this.update({ ...this.state, link: 'lost' })
    this.again = setTimeout(() => this.connect(), backOff(this.attempt, Math.random()))
    this.attempt += 1
  }

  private drop(): void {
    clearInterval(this.ping)
    clearTimeout(this.watchdog)
    this.watchdog = undefined
    const socket = this.socket
    this.socket = undefined
    if (!socket) return
    socket.onmessage = socket.onclose = null
    socket.close()
  }

  private update(state: LiveState): void {
    if (state === this.state) return
    this.state = state
    for (const listener of this.listeners) listener()
  }
}
