import { useEffect } from 'react'

const open = new Set<symbol>()

/** Some form on the page holds changes that would be lost by leaving it. */
export function hasUnsaved(): boolean {
  return open.size > 0
}

/** Marks the calling form as holding unsaved changes for as long as `is` is true. */
export function useUnsaved(is: boolean): void {
  useEffect(() => {
    if (!is) return
    const mark = Symbol('form')
    open.add(mark)
    return () => void open.delete(mark)
  }, [is])
}
