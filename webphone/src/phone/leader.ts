/**
 * One tab of a browser owns the phone: two registrations of one agent would both ring.
 * The lock is released by the browser when the tab closes or crashes.
 */
const LOCK = 'nidaa-phone'

export class Leader {
  onLost: () => void = () => {}
  private release?: () => void

  /** True when this tab owns the phone now; false when another tab does. */
  claim(): Promise<boolean> {
    return this.request({ ifAvailable: true })
  }

  /** Take it away from the other tab. */
  async takeOver(): Promise<void> {
    await this.request({ steal: true })
  }

  leave(): void {
    this.release?.()
    this.release = undefined
  }

  private request(options: LockOptions): Promise<boolean> {
    if (this.release) return Promise.resolve(true)
    return new Promise((resolve, reject) => {
      const hold = (lock: Lock | null): Promise<void> | undefined => {
        resolve(lock !== null)
        if (!lock) return undefined
        return new Promise<void>((done) => (this.release = done))
      }
      navigator.locks.request(LOCK, options, hold).catch((error: DOMException) => {
        if (error.name !== 'AbortError') return reject(error)
        this.release = undefined
        this.onLost()
      })
    })
  }
}
