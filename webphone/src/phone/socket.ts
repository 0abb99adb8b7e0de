import type { Socket } from 'jssip/lib/Socket'

const PING_EVERY = 20_000
const PONG_WITHIN = 8_000

/**
 * RFC 7118 socket for the SIP library, which sends no keep-alive of its own: a double CRLF as ping,
 * and a peer that does not answer it in time is gone (RFC 5626 4.4.1).
 */
export class SipSocket implements Socket {
  via_transport: string
  readonly sip_uri: string
  onconnect: () => void = () => {}
  ondisconnect: (error: boolean, code?: number, reason?: string) => void = () => {}
  ondata: <T>(event: T) => void = () => {}

  private socket?: WebSocket
  private ping?: ReturnType<typeof setInterval>
  private watchdog?: ReturnType<typeof setTimeout>

  constructor(readonly url: string) {
    const address = new URL(url)
    this.via_transport = address.protocol === 'wss:' ? 'WSS' : 'WS'
    this.sip_uri = `sip:${address.host};transport=ws`
  }

  connect(): void {
    if (this.isConnected() || this.isConnecting()) return
    const socket = new WebSocket(this.url, 'sip')
    this.socket = socket
    socket.onopen = () => {
      this.ping = setInterval(() => this.beat(), PING_EVERY)
      this.onconnect()
    }
    socket.onmessage = (event: MessageEvent<string>) => this.received(event.data)
    socket.onclose = (event) => this.lose(socket, !event.wasClean, event.code, event.reason)
  }

  /** Ask the server for a sign of life now, for example when the network came back. */
  beat(): void {
    const socket = this.socket
    if (!socket || !this.isConnected() || this.watchdog !== undefined) return
    socket.send('\r\n\r\n')
    this.watchdog = setTimeout(() => this.lose(socket, true, 4000, 'no pong'), PONG_WITHIN)
  }

  disconnect(): void {
    this.clear()
  }

  send(message: string | ArrayBufferLike | Blob | ArrayBufferView): boolean {
    if (!this.socket || !this.isConnected()) return false
    this.socket.send(message as string)
    return true
  }

  isConnected(): boolean {
    return this.socket?.readyState === WebSocket.OPEN
  }

  isConnecting(): boolean {
    return this.socket?.readyState === WebSocket.CONNECTING
  }

  private received(text: string): void {
    clearTimeout(this.watchdog)
    this.watchdog = undefined
    if (text.trim() !== '') this.ondata(text)
  }

  private lose(socket: WebSocket, error: boolean, code: number, reason: string): void {
    if (socket !== this.socket) return
    this.clear()
    this.ondisconnect(error, code, reason)
  }

  private clear(): void {
    clearInterval(this.ping)
    clearTimeout(this.watchdog)
    this.watchdog = undefined
    const socket = this.socket
    this.socket = undefined
    if (!socket) return
    socket.onopen = socket.onmessage = socket.onclose = null
    socket.close()
  }
}
