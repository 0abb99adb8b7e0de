/** Sounds made here, so that no file has to be fetched when the phone must ring. */

interface Pattern {
  hz: readonly number[]
  /** Seconds: on and off in turn, then again from the start. */
  cadence: readonly number[]
  gain: number
}

export const RINGTONE: Pattern = { hz: [523, 659], cadence: [0.4, 0.2, 0.4, 2], gain: 0.12 }
/** ITU-T E.180: 425 Hz, 1.7 s on, 3.3 s off where the caller waits. */
export const RINGBACK: Pattern = { hz: [425], cadence: [1.7, 3.3], gain: 0.06 }

/** Plays a pattern until it is stopped. */
export class Tone {
  private timer?: ReturnType<typeof setTimeout>
  private gain?: GainNode
  private oscillators: OscillatorNode[] = []

  constructor(private readonly context: AudioContext) {}

  start(pattern: Pattern): void {
    this.stop()
    const gain = this.context.createGain()
    gain.gain.value = 0
    gain.connect(this.context.destination)
    this.oscillators = pattern.hz.map((hz) => {
      const oscillator = this.context.createOscillator()
      oscillator.frequency.value = hz
      oscillator.connect(gain)
      oscillator.start()
      return oscillator
    })
    this.gain = gain
    this.step(pattern, 0)
  }

  stop(): void {
    clearTimeout(this.timer)
    for (const oscillator of this.oscillators) oscillator.stop()
    this.oscillators = []
    this.gain?.disconnect()
    this.gain = undefined
  }

  private step(pattern: Pattern, at: number): void {
    const isOn = at % 2 === 0
    // A ramp of 10 ms: switching a tone at once is heard as a click.
    this.gain?.gain.setTargetAtTime(isOn ? pattern.gain : 0, this.context.currentTime, 0.01)
    const next = (at + 1) % pattern.cadence.length
    this.timer = setTimeout(() => this.step(pattern, next), (pattern.cadence[at] ?? 1) * 1000)
  }
}

/** One short test tone, for the speaker check. */
export function chime(context: AudioContext): void {
  const tone = new Tone(context)
  tone.start({ hz: [523, 659, 784], cadence: [0.7, 9], gain: 0.15 })
  setTimeout(() => tone.stop(), 900)
}
