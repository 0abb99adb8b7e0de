import * as JsSIP from 'jssip'
import type { RTCSession } from 'jssip/lib/RTCSession'
import type { RTCSessionEvent } from 'jssip/lib/UA'
import { MEDIA, SESSION_EXPIRES, SipCall } from './call'
import { Microphone } from './microphone'
import { SipSocket } from './socket'
import { canSignal, INITIAL, isBusy, reduce } from './state'
import { RINGBACK, RINGTONE, Tone } from './tones'
import type { Credentials, Level, LinkQuality, PhoneEvent, PhoneState } from './types'

const REGISTER_AGAIN_AFTER = 5_000
const REGISTER_EXPIRES = 120 // seconds
const BUSY_HERE = 486
const DECLINE = 603

/** The agent's phone: registers, rings, answers, and says what it is doing as a PhoneState. */
export class Phone {
  readonly microphone = new Microphone()
  /** Called when the SIP connection is down and the server must end the call instead. */
  hangUpElsewhere: (conversation: string) => void = () => {}
  /** The server refused these credentials; new ones are needed. */
  onRefused: () => void = () => {}

  private state: PhoneState = INITIAL
  private quality: LinkQuality | null = null
  private readonly listeners = new Set<() => void>()
  private readonly player = new Audio()
  private context?: AudioContext
  private tone?: Tone
  private ua?: JsSIP.UA
  private socket?: SipSocket
  private call?: SipCall
  private retry?: ReturnType<typeof setTimeout>

  constructor() {
    this.player.autoplay = true
    this.microphone.onChange = () => void this.call?.useMicrophone(this.microphone.track)
    window.addEventListener('online', () => this.socket?.beat())
    document.addEventListener('visibilitychange', () => this.socket?.beat())
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  readonly snapshot = (): PhoneState => this.state
  readonly linkQuality = (): LinkQuality | null => this.quality

  /** The one audio context. Only a click or a key may wake it: see `unlock`. */
  get audio(): AudioContext {
    this.context ??= new AudioContext()
    return this.context
  }

  /** Allow sound; call it from a click. False while the browser still refuses. */
  async unlock(): Promise<boolean> {
    const resumed = this.audio.resume()
    // Without a gesture resume() never settles, so it is not waited for for long.
    await Promise.race([resumed, new Promise((done) => setTimeout(done, 200))])
    return this.audio.state === 'running'
  }

  /** Register with these credentials; a registration that stands is replaced. */
  start(credentials: Credentials): void {
    this.stop()
    this.socket = new SipSocket(credentials.wssUrl)
    const ua = new JsSIP.UA({
      sockets: [this.socket],
      uri: credentials.uri,
      authorization_user: credentials.username,
      password: credentials.password,
      realm: credentials.realm,
      display_name: credentials.displayName,
      register_expires: REGISTER_EXPIRES,
      connection_recovery_min_interval: 1,
      connection_recovery_max_interval: 8,
      user_agent: 'Nidaa webphone',
    })
    this.ua = ua
    // A phone that was replaced goes on telling of its own end: it is not listened to.
    const say = (event: PhoneEvent) => () => void (this.ua === ua && this.send(event))
    ua.on('connecting', say({ type: 'transport', transport: 'connecting' }))
    ua.on('connected', say({ type: 'transport', transport: 'connected' }))
    ua.on('disconnected', say({ type: 'transport', transport: 'lost' }))
    ua.on('registered', say({ type: 'registration', registration: 'registered' }))
    ua.on('unregistered', say({ type: 'registration', registration: 'none' }))
    ua.on('registrationFailed', (event) => this.refused(ua, event.response?.status_code ?? 0))
    ua.on('newRTCSession', (event: RTCSessionEvent) => this.begin(event))
    ua.start()
  }

  stop(): void {
    clearTimeout(this.retry)
    const ua = this.ua
    this.ua = undefined
    ua?.stop()
    this.tone?.stop()
    this.send({ type: 'stopped' })
  }

  /** Dial an extension or a number. Ignored while a call stands or the connection is down. */
  dial(number: string): void {
    const stream = this.microphone.stream
    if (!this.ua || !stream || isBusy(this.state) || !canSignal(this.state)) return
    this.unmuteMicrophone()
    this.ua.call(number, {
      mediaStream: stream,
      pcConfig: MEDIA,
      sessionTimersExpires: SESSION_EXPIRES,
    })
  }

  answer(): void {
    const stream = this.microphone.stream
    if (!stream || this.state.call?.state !== 'ringing') return
    this.unmuteMicrophone()
    this.call?.session.answer({
      mediaStream: stream,
      pcConfig: MEDIA,
      sessionTimersExpires: SESSION_EXPIRES,
    })
  }

  decline(): void {
    if (this.state.call?.state === 'ringing') this.call?.session.terminate({ status_code: DECLINE })
  }

  /** Ends the call, by the server when the SIP connection is down. */
  hangUp(): void {
    const call = this.state.call
    if (!call || !isBusy(this.state)) return
    if (!canSignal(this.state)) this.hangUpElsewhere(call.conversation)
    this.call?.session.terminate()
  }

  /** Hold and resume are re-INVITEs: while the connection is down they would end the call. */
  setHold(isHeld: boolean): void {
    if (canSignal(this.state)) this.call?.setHold(isHeld)
  }

  setMuted(isMuted: boolean): void {
    if (isMuted) this.call?.session.mute({ audio: true })
    else this.call?.session.unmute({ audio: true })
  }

  /** RFC 4733 digits, in the sound itself. */
  press(digit: string): void {
    if (this.state.call?.state !== 'active') return
    this.call?.session.sendDTMF(digit, {
      transportType: JsSIP.C.DTMF_TRANSPORT.RFC2833,
      duration: 160,
      interToneGap: 100,
    })
  }

  levels(): { remote: Level; local: Level } | null {
    return this.call?.levels() ?? null
  }

  private begin(event: RTCSessionEvent): void {
    const session = event.session
    const isIncoming = event.originator === 'remote'
    if (isBusy(this.state)) {
      if (isIncoming) session.terminate({ status_code: BUSY_HERE })
      return
    }
    this.call = this.wrap(session)
    const number = session.remote_identity.uri.user
    const now = Date.now()
    if (!isIncoming) return this.send({ type: 'dialed', id: this.call.id, number, now })
    const name = session.remote_identity.display_name
    const conversation = event.request.getHeader('X-Call-Id') ?? ''
    this.send({ type: 'rang', call: { id: this.call.id, conversation, number, name }, now })
  }

  private wrap(session: RTCSession): SipCall {
    return new SipCall(session.id, session, {
      context: this.audio,
      player: this.player,
      send: (event) => this.send(event),
      hangUp: () => this.hangUp(),
      canSignal: () => canSignal(this.state),
      onQuality: (quality) => this.measured(quality),
    })
  }

  private refused(ua: JsSIP.UA, status: number): void {
    if (this.ua !== ua) return
    this.send({ type: 'registration', registration: 'refused' })
    if (status === 401 || status === 403 || status === 407) return this.onRefused()
    clearTimeout(this.retry)
    this.retry = setTimeout(() => ua.register(), REGISTER_AGAIN_AFTER)
  }

  private send(event: PhoneEvent): void {
    const before = this.state
    this.state = reduce(before, event)
    if (this.state === before) return
    if (this.state.call?.state !== before.call?.state) this.sound()
    this.announce()
  }

  private measured(quality: LinkQuality | null): void {
    this.quality = quality
    this.announce()
  }

  private announce(): void {
    for (const listener of this.listeners) listener()
  }

  private sound(): void {
    this.tone ??= new Tone(this.audio)
    const state = this.state.call?.state
    if (state === 'ringing') this.tone.start(RINGTONE)
    else if (state === 'dialing') this.tone.start(RINGBACK)
    else this.tone.stop()
  }

  /** The track is one for the whole shift: the last call may have ended muted or held. */
  private unmuteMicrophone(): void {
    if (this.microphone.track) this.microphone.track.enabled = true
  }
}
