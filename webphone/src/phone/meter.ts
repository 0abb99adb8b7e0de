import type { Level } from './types'

const SILENCE: Level = { db: -100, hz: 0 }

/**
 * Listens to a stream without playing it. Chromium feeds WebAudio silence from a remote stream
 * unless a media element plays the same stream, so play it as well.
 */
export class Meter {
  private readonly source: MediaStreamAudioSourceNode
  private readonly analyser: AnalyserNode
  private readonly samples: Float32Array<ArrayBuffer>
  private readonly bins: Float32Array<ArrayBuffer>

  constructor(
    private readonly context: AudioContext,
    stream: MediaStream,
  ) {
    this.source = context.createMediaStreamSource(stream)
    this.analyser = context.createAnalyser()
    this.analyser.fftSize = 4096
    this.analyser.smoothingTimeConstant = 0
    this.source.connect(this.analyser)
    this.samples = new Float32Array(this.analyser.fftSize)
    this.bins = new Float32Array(this.analyser.frequencyBinCount)
  }

  read(): Level {
    this.analyser.getFloatTimeDomainData(this.samples)
    const db = loudness(this.samples)
    if (db <= SILENCE.db) return SILENCE
    this.analyser.getFloatFrequencyData(this.bins)
    const hz = (strongest(this.bins) * this.context.sampleRate) / this.analyser.fftSize
    return { db, hz: Math.round(hz) }
  }

  close(): void {
    this.source.disconnect()
    this.analyser.disconnect()
  }
}

/** Root mean square in dBFS, -100 for silence. */
export function loudness(samples: Float32Array): number {
  let sum = 0
  for (const sample of samples) sum += sample * sample
  const rms = Math.sqrt(sum / samples.length)
  return rms > 1e-5 ? Math.round(200 * Math.log10(rms)) / 10 : SILENCE.db
}

/** Index of the loudest bin above the constant part. */
export function strongest(bins: Float32Array): number {
  let best = 1
  for (let bin = 1; bin < bins.length; bin++) {
    if ((bins[bin] ?? -Infinity) > (bins[best] ?? -Infinity)) best = bin
  }
  return best
}
