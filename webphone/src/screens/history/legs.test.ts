import { expect, it } from 'vitest'
import type { Segment } from '../../api/types'
import { legsOf } from './legs'

const segment = (leg: string, kind: Segment['kind'], started_at: string) =>
  ({ leg, kind, started_at, role: leg }) as Segment

it('puts segments under their legs, both in the order they began', () => {
  const legs = legsOf([
    segment('agent', 'talk', '2026-01-01T10:00:20Z'),
    segment('caller', 'queue', '2026-01-01T10:00:05Z'),
    segment('caller', 'ivr', '2026-01-01T10:00:00Z'),
    segment('agent', 'ring', '2026-01-01T10:00:15Z'),
  ])
  expect(legs.map((leg) => [leg.leg, leg.segments.map((one) => one.kind)])).toEqual([
    ['caller', ['ivr', 'queue']],
    ['agent', ['ring', 'talk']],
  ])
})
