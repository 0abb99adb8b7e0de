const FRESH_FOR = 5_000

/** Whole seconds since the server was last heard; 0 while that is not long ago. All in ms. */
export function staleFor(heardAt: number, now: number): number {
  const age = now - heardAt
  return heardAt > 0 && age > FRESH_FOR ? Math.floor(age / 1000) : 0
}
