import { expect, it } from 'vitest'
import { actionOf } from './shortcuts'

interface Press {
  code?: string
  key?: string
  altKey?: boolean
  ctrlKey?: boolean
  metaKey?: boolean
  altGraph?: boolean
}

function press({ altGraph = false, ...keys }: Press) {
  return {
    code: '',
    key: '',
    altKey: false,
    ctrlKey: false,
    metaKey: false,
    getModifierState: (name: string) => name === 'AltGraph' && altGraph,
    ...keys,
  }
}

it.each([
  ['KeyA', 'answer'],
  ['KeyH', 'hold'],
  ['KeyM', 'mute'],
  ['KeyK', 'keypad'],
  ['KeyX', 'hangUp'],
  ['KeyR', 'decline'],
  ['KeyN', 'note'],
  ['KeyW', 'wrapUp'],
  ['KeyP', 'ready'],
  ['Digit3', 'disposition-3'],
  ['Numpad9', 'disposition-9'],
  ['Digit0', null],
])('Alt and the key at %s is %s', (code, action) => {
  expect(actionOf(press({ code, altKey: true }), true)).toBe(action)
})

it('goes by the position of the key, not by its letter', () => {
  expect(actionOf(press({ code: 'KeyA', key: 'ش', altKey: true }), false)).toBe('answer')
})

it('leaves AltGr to the characters it types', () => {
  expect(actionOf(press({ code: 'KeyA', altKey: true, altGraph: true }), false)).toBeNull()
  expect(actionOf(press({ code: 'KeyA', altKey: true, ctrlKey: true }), false)).toBeNull()
})

it('finishes on Ctrl+Enter, also while writing', () => {
  expect(actionOf(press({ key: 'Enter', ctrlKey: true }), true)).toBe('finish')
})

it('opens the sheet on ?, but not while writing', () => {
  expect(actionOf(press({ key: '?' }), false)).toBe('sheet')
  expect(actionOf(press({ key: '?' }), true)).toBeNull()
})
