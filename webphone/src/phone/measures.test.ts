import { describe, expect, it } from 'vitest'
import { loudness, strongest } from './meter'
import { bars, readStats } from './quality'

describe('the meter', () => {
  it('measures a full-scale sine as -3 dB', () => {
    const sine = Float32Array.from({ length: 4800 }, (_, at) => Math.sin((at * Math.PI * 2) / 48))
    expect(loudness(sine)).toBeCloseTo(-3, 1)
  })

  it('calls silence -100 dB', () => {
    expect(loudness(new Float32Array(100))).toBe(-100)
  })

  it('finds the strongest frequency and not the constant part', () => {
    expect(strongest(Float32Array.from([0, -60, -20, -70]))).toBe(2)
  })
})

describe('the link', () => {
  it('reads packets, checks, loss and round trip from the reports', () => {
    const sample = readStats([
      { type: 'inbound-rtp', packetsReceived: 98, packetsLost: 2, jitter: 0.01 },
      { type: 'candidate-pair', nominated: true, responsesReceived: 7, currentRoundTripTime: 0.05 },
      { type: 'candidate-pair', nominated: false, responsesReceived: 99 },
    ])
    expect(sample).toMatchObject({ packets: 98, checks: 7 })
    expect(sample.quality).toEqual({ bars: 3, roundTrip: 0.05, jitter: 0.01, loss: 0.02 })
  })

  it.each([
    [0, 0.01, 0.02, 3],
    [0.03, 0.01, 0.02, 2],
    [0.06, 0.01, 0.02, 1],
    [0.2, 0.01, 0.02, 0],
    [0, 0.01, 0.7, 0],
  ])('loss %d, jitter %d, round trip %d is %d bars', (loss, jitter, roundTrip, expected) => {
    expect(bars(loss, jitter, roundTrip)).toBe(expected)
  })
})
