import { expect, it } from 'vitest'
import { watch, watchFrom, type Reading, type StallAction } from './stall'

/** The actions of one reading a second. */
function watching(readings: Reading[]): StallAction[] {
  let state = watchFrom(0)
  return readings.map((reading, second) => {
    const [next, action] = watch(state, reading, (second + 1) * 1000)
    state = next
    return action
  })
}

const flowing = (seconds: number, from = 0): Reading[] =>
  Array.from({ length: seconds }, (_, at) => ({ packets: from + 50 * (at + 1), checks: at }))

const frozen = (seconds: number, at: Reading): Reading[] =>
  Array.from({ length: seconds }, () => at)

it('says nothing while packets come', () => {
  expect(new Set(watching(flowing(30)))).toEqual(new Set(['none']))
})

it('asks for one restart when the path dies, then waits, then hangs up', () => {
  const actions = watching([...flowing(2), ...frozen(25, { packets: 100, checks: 1 })])
  expect(actions.filter((one) => one === 'restart')).toHaveLength(1)
  expect(actions.indexOf('restart')).toBe(5)
  expect(actions.indexOf('hang_up')).toBe(21)
})

it('does not take a silent caller for a dead path', () => {
  const silent = Array.from({ length: 60 }, (_, at) => ({
    packets: 100,
    checks: Math.floor(at / 2.65),
  }))
  expect(
    new Set(
      watching([...flowing(2), ...silent.map((one) => ({ ...one, checks: one.checks + 2 }))]),
    ),
  ).toEqual(new Set(['none']))
})

it('says when sound came back, and restarts again for the next interruption', () => {
  const dead = { packets: 100, checks: 1 }
  const actions = watching([
    ...flowing(2),
    ...frozen(6, dead),
    ...flowing(3, 100),
    ...frozen(6, { packets: 250, checks: 2 }),
  ])
  expect(actions.filter((one) => one === 'restart')).toHaveLength(2)
  expect(actions.filter((one) => one === 'recovered')).toHaveLength(1)
})
