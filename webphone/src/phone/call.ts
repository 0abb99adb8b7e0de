import type { RTCSession } from 'jssip/lib/RTCSession'
import { Meter } from './meter'
import { readStats, type Sample } from './quality'
import { watch, watchFrom, type StallState } from './stall'
import type { Level, LinkQuality, PhoneEvent } from './types'

/** Without a limit an unreachable STUN server delays the answer by 10 to 40 s. */
const GATHER_FOR = 500
const WATCH_EVERY = 1_000
const SETTLE_AGAIN_AFTER = 100
const SILENT: Level = { db: -100, hz: 0 }

export const MEDIA: RTCConfiguration = {
  iceServers: [],
  bundlePolicy: 'max-bundle',
  rtcpMuxPolicy: 'require',
}
/** Seconds. The library's own 90 s would end a call whose refresh falls into a lost connection. */
export const SESSION_EXPIRES = 1800

interface Outside {
  context: AudioContext
  player: HTMLAudioElement
  send: (event: PhoneEvent) => void
  hangUp: () => void
  /** False while the SIP connection is down: a request sent then would end the call. */
  canSignal: () => boolean
  onQuality: (quality: LinkQuality | null) => void
}

/** One SIP call of this phone and its sound. */
export class SipCall {
  private remote?: Meter
  private local?: Meter
  private stall: StallState = watchFrom(Date.now())
  private timer?: ReturnType<typeof setInterval>
  private gathering?: ReturnType<typeof setTimeout>
  private settling?: ReturnType<typeof setTimeout>
  private wantsHold = false
  private isRestartDue = false

  constructor(
    readonly id: string,
    readonly session: RTCSession,
    private readonly outside: Outside,
  ) {
    if (session.connection) this.wire(session.connection)
    else session.on('peerconnection', (event) => this.wire(event.peerconnection))
    session.on('icecandidate', (event) => {
      clearTimeout(this.gathering)
      this.gathering = setTimeout(event.ready, GATHER_FOR)
    })
    session.on('accepted', (event: { response?: { getHeader(name: string): string } }) =>
      this.identify(event.response?.getHeader('X-Call-Id')),
    )
    session.on('confirmed', () => this.begin())
    session.on('hold', () => this.report('held'))
    session.on('unhold', () => this.report('resumed'))
    session.on('muted', () => this.mutedChanged())
    session.on('unmuted', () => this.mutedChanged())
    session.on('ended', (event) => this.end(event.cause))
    session.on('failed', (event) => this.end(event.cause))
  }

  /** Loudness and pitch of what is heard and what is said, now. */
  levels(): { remote: Level; local: Level } {
    return { remote: this.remote?.read() ?? SILENT, local: this.local?.read() ?? SILENT }
  }

  /**
   * Hold or resume. While another offer is under way the library refuses, so what is wanted is
   * kept and done as soon as it can be.
   */
  setHold(isHeld: boolean): void {
    this.wantsHold = isHeld
    this.settleHold()
  }

  /** Send another microphone into the call, after a device was pulled out. */
  async useMicrophone(track: MediaStreamTrack | null): Promise<void> {
    const sender = this.session.connection?.getSenders()[0]
    if (!sender) return
    if (track) track.enabled = !this.session.isMuted().audio
    await sender.replaceTrack(track)
    this.measureMicrophone(track)
  }

  private settleHold(): void {
    clearTimeout(this.settling)
    const { session } = this
    if (session.isEnded() || session.isOnHold().local === this.wantsHold) return
    const isSent = this.outside.canSignal() && this.reoffer()
    if (!isSent) this.settling = setTimeout(() => this.settleHold(), SETTLE_AGAIN_AFTER)
  }

  private reoffer(): boolean {
    return this.wantsHold ? this.session.hold() : this.session.unhold()
  }

  private identify(conversation: string | undefined): void {
    if (conversation) this.outside.send({ type: 'identified', id: this.id, conversation })
  }

  private begin(): void {
    const sender = this.session.connection.getSenders().find((one) => one.track !== null)
    this.measureMicrophone(sender?.track ?? null)
    this.stall = watchFrom(Date.now())
    this.timer ??= setInterval(() => void this.check(), WATCH_EVERY)
    this.report('answered')
  }

  private report(type: 'answered' | 'held' | 'resumed'): void {
    this.stall = watchFrom(Date.now())
    this.outside.send({ type, id: this.id, now: Date.now() })
  }

  private mutedChanged(): void {
    const isMuted = this.session.isMuted().audio === true
    // Hold silences the microphone too; that is not what the agent's mute button shows.
    if (!this.session.isOnHold().local) {
      this.outside.send({ type: 'muted', id: this.id, isMuted })
    }
  }

  private end(cause: string): void {
    clearInterval(this.timer)
    clearTimeout(this.gathering)
    clearTimeout(this.settling)
    this.remote?.close()
    this.local?.close()
    this.remote = this.local = undefined
    this.outside.player.srcObject = null
    this.outside.onQuality(null)
    this.outside.send({ type: 'ended', id: this.id, cause, now: Date.now() })
  }

  private wire(connection: RTCPeerConnection): void {
    connection.addEventListener('track', (event) => this.hear(event))
    const offer = connection.createOffer.bind(connection) as (o?: RTCOfferOptions) => Promise<SDP>
    const answer = connection.createAnswer.bind(connection) as (o?: RTCOfferOptions) => Promise<SDP>
    const preferring = (make: typeof offer) => (options?: RTCOfferOptions) => {
      preferPcmu(connection)
      return make(options)
    }
    connection.createOffer = preferring(offer) as RTCPeerConnection['createOffer']
    connection.createAnswer = preferring(answer) as RTCPeerConnection['createAnswer']
  }

  private hear(event: RTCTrackEvent): void {
    const stream = event.streams[0] ?? new MediaStream([event.track])
    this.outside.player.srcObject = stream
    this.outside.player.play().catch((error: DOMException) => {
      // AbortError: the call ended before it was heard.
      if (error.name !== 'AbortError') void this.outside.context.resume()
    })
    this.remote?.close()
    this.remote = new Meter(this.outside.context, stream)
  }

  private measureMicrophone(track: MediaStreamTrack | null): void {
    this.local?.close()
    this.local = track ? new Meter(this.outside.context, new MediaStream([track])) : undefined
  }

  private async check(): Promise<void> {
    const connection = this.session.connection
    if (!connection || this.session.isEnded()) return
    const sample = readStats((await connection.getStats()).values())
    this.outside.onQuality(sample.quality)
    const isHeld = this.session.isOnHold().local || this.session.isOnHold().remote
    if (isHeld) this.stall = watchFrom(Date.now())
    else this.act(sample)
  }

  private act(sample: Sample): void {
    const [stall, action] = watch(this.stall, sample, Date.now())
    this.stall = stall
    if (action === 'hang_up') this.outside.hangUp()
    if (action === 'recovered') this.outside.send({ type: 'sound', id: this.id, sound: 'ok' })
    if (action === 'restart') {
      this.outside.send({ type: 'sound', id: this.id, sound: 'stalled' })
      this.isRestartDue = true
    }
    if (action === 'none' || action === 'recovered') this.isRestartDue = false
    if (!this.isRestartDue || !this.outside.canSignal()) return
    this.isRestartDue = !this.session.renegotiate({ rtcOfferConstraints: { iceRestart: true } })
  }
}

type SDP = RTCSessionDescriptionInit

/** PCMU first: the server relays it without touching the sound. Comfort noise is never offered. */
function preferPcmu(connection: RTCPeerConnection): void {
  const known = RTCRtpReceiver.getCapabilities('audio')?.codecs ?? []
  const usable = known.filter((codec) => codec.mimeType !== 'audio/CN')
  const rank = (codec: RTCRtpCodec) => (codec.mimeType === 'audio/PCMU' ? 0 : 1)
  const ordered = usable.toSorted((one, other) => rank(one) - rank(other))
  for (const transceiver of connection.getTransceivers()) {
    if (transceiver.receiver.track.kind === 'audio') transceiver.setCodecPreferences(ordered)
  }
}
