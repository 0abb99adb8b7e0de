import { describe, expect, it } from 'vitest'
import { staleFor } from './age'

describe('the age of the figures', () => {
  it('is not told while the server is heard every five seconds', () => {
    expect(staleFor(10_000, 15_000)).toBe(0)
  })

  it('is told in whole seconds from then on', () => {
    expect(staleFor(10_000, 15_001)).toBe(5)
    expect(staleFor(10_000, 22_900)).toBe(12)
  })

  it('is not told before the first word', () => {
    expect(staleFor(0, 99_000)).toBe(0)
  })
})
