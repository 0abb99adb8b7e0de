import type { Segment } from '../../api/types'

export interface Leg {
  leg: string
  role: string
  segments: Segment[]
}

/** The segments by leg, legs and segments in the order they began. */
export function legsOf(segments: readonly Segment[]): Leg[] {
  const inOrder = segments.toSorted((one, other) => (one.started_at < other.started_at ? -1 : 1))
  const legs = new Map<string, Leg>()
  for (const segment of inOrder) {
    const leg = legs.get(segment.leg) ?? { leg: segment.leg, role: segment.role, segments: [] }
    leg.segments.push(segment)
    legs.set(segment.leg, leg)
  }
  return [...legs.values()]
}
