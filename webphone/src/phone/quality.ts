import type { Reading } from './stall'
import type { LinkQuality } from './types'

export interface Sample extends Reading {
  quality: LinkQuality
}

type Row = Record<string, unknown> & { type: string }

/** What getStats() says about the one audio stream. */
export function readStats(report: Iterable<Row>): Sample {
  let packets = 0
  let checks = 0
  let lost = 0
  let jitter = 0
  let roundTrip: number | null = null
  for (const row of report) {
    if (row.type === 'inbound-rtp') {
      packets += number(row['packetsReceived'])
      lost += number(row['packetsLost'])
      jitter = number(row['jitter'])
    }
    if (row.type === 'candidate-pair' && row['nominated'] === true) {
      checks += number(row['responsesReceived'])
      roundTrip = number(row['currentRoundTripTime'])
    }
  }
  const loss = packets + lost > 0 ? Math.max(0, lost) / (packets + lost) : 0
  return {
    packets,
    checks,
    quality: { bars: bars(loss, jitter, roundTrip), roundTrip, jitter, loss },
  }
}

/** 3 is good, 2 is heard to be less good, 1 is hard to follow. */
export function bars(loss: number, jitter: number, roundTrip: number | null): 0 | 1 | 2 | 3 {
  const delay = (roundTrip ?? 0) + jitter * 2
  if (loss > 0.1 || delay > 0.6) return 0
  if (loss > 0.05 || delay > 0.4) return 1
  if (loss > 0.02 || delay > 0.25) return 2
  return 3
}

function number(value: unknown): number {
  return typeof value === 'number' ? value : 0
}
