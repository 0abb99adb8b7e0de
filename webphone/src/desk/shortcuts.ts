import { useEffect, useRef } from 'react'

export type Action =
  | 'answer'
  | 'hold'
  | 'mute'
  | 'keypad'
  | 'hangUp'
  | 'decline'
  | 'note'
  | 'wrapUp'
  | 'ready'
  | 'finish'
  | 'sheet'
  | `disposition-${number}`

export type Handlers = Partial<Record<Action, () => void>>

/** Physical keys, so that the finger is the same on AZERTY and on an Arabic keyboard. */
const WITH_ALT: Record<string, Action> = {
  KeyA: 'answer',
  KeyH: 'hold',
  KeyM: 'mute',
  KeyK: 'keypad',
  KeyX: 'hangUp',
  KeyR: 'decline',
  KeyN: 'note',
  KeyW: 'wrapUp',
  KeyP: 'ready',
}

/** As the sheet shows them and as aria-keyshortcuts wants them. */
export const KEYS: Record<string, string> = {
  answer: 'Alt+A',
  hold: 'Alt+H',
  mute: 'Alt+M',
  keypad: 'Alt+K',
  hangUp: 'Alt+X',
  decline: 'Alt+R',
  note: 'Alt+N',
  wrapUp: 'Alt+W',
  disposition: 'Alt+1-9',
  ready: 'Alt+P',
  finish: 'Control+Enter',
  sheet: '?',
}

type Pressed = Pick<
  KeyboardEvent,
  'code' | 'key' | 'altKey' | 'ctrlKey' | 'metaKey' | 'getModifierState'
>

/** The action of a key press, or null. AltGr types characters here, so it is never a shortcut. */
export function actionOf(event: Pressed, isTyping: boolean): Action | null {
  if (event.metaKey || event.getModifierState('AltGraph')) return null
  if (event.altKey) return event.ctrlKey ? null : altAction(event.code)
  if (event.ctrlKey) return event.key === 'Enter' ? 'finish' : null
  return event.key === '?' && !isTyping ? 'sheet' : null
}

function altAction(code: string): Action | null {
  const digit = /^(?:Digit|Numpad)([1-9])$/.exec(code)
  return digit ? `disposition-${Number(digit[1])}` : (WITH_ALT[code] ?? null)
}

/** Is the keyboard writing text now? */
export function isTyping(): boolean {
  const element = document.activeElement
  return element instanceof HTMLElement && element.matches('input, textarea, [contenteditable]')
}

/** Runs these handlers on their keys while the component is on the screen. */
export function useShortcuts(handlers: Handlers): void {
  const latest = useRef(handlers)
  useEffect(() => {
    latest.current = handlers
  })
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const action = actionOf(event, isTyping())
      const handler = action ? latest.current[action] : undefined
      if (!handler || event.repeat) return
      event.preventDefault()
      handler()
    }
    window.addEventListener('keydown', pressed)
    return () => window.removeEventListener('keydown', pressed)
  }, [])
}
