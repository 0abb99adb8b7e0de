/** Why there is no microphone, as codes the screen turns into words. */
export type MicrophoneProblem = 'denied' | 'none' | 'busy' | 'insecure' | 'failed'

export class NoMicrophone extends Error {
  constructor(readonly problem: MicrophoneProblem) {
    super(`microphone: ${problem}`)
  }
}

const PROBLEMS: Record<string, MicrophoneProblem> = {
  NotAllowedError: 'denied',
  SecurityError: 'denied',
  NotFoundError: 'none',
  OverconstrainedError: 'none',
  NotReadableError: 'busy',
  AbortError: 'busy',
}

/** The agent's microphone, held open for the whole shift so that answering never waits for it. */
export class Microphone {
  stream: MediaStream | null = null
  onChange: () => void = () => {}

  /** Opens it. Raises NoMicrophone. */
  async open(): Promise<MediaStream> {
    if (this.stream && this.isAlive()) return this.stream
    if (!navigator.mediaDevices) throw new NoMicrophone('insecure')
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({
        audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
      })
    } catch (error) {
      throw new NoMicrophone(PROBLEMS[(error as DOMException).name] ?? 'failed')
    }
    for (const track of this.stream.getAudioTracks()) track.onended = () => void this.replace()
    navigator.mediaDevices.addEventListener('devicechange', this.deviceChanged)
    return this.stream
  }

  get track(): MediaStreamTrack | null {
    return this.stream?.getAudioTracks()[0] ?? null
  }

  isAlive(): boolean {
    return this.track?.readyState === 'live'
  }

  close(): void {
    navigator.mediaDevices?.removeEventListener('devicechange', this.deviceChanged)
    for (const track of this.stream?.getTracks() ?? []) {
      track.onended = null
      track.stop()
    }
    this.stream = null
  }

  private readonly deviceChanged = () => {
    if (!this.isAlive()) void this.replace()
  }

  /** The device was pulled out: take whatever microphone is left. */
  private async replace(): Promise<void> {
    this.close()
    try {
      await this.open()
    } catch (error) {
      if (!(error instanceof NoMicrophone)) throw error
      navigator.mediaDevices.addEventListener('devicechange', this.deviceChanged)
    }
    this.onChange()
  }
}
