/**
 * Calls back when what React drew is on the screen: two frames later. A hidden tab draws no frames,
 * so there a timer says it.
 */
export function afterPaint(done: () => void): void {
  if (document.hidden) {
    setTimeout(done, 0)
    return
  }
  requestAnimationFrame(() => requestAnimationFrame(() => done()))
}
