import { createTranslator } from 'use-intl/core'
import { describe, expect, it } from 'vitest'
import { LANGUAGES, LOCALES, MESSAGES, preferred } from '.'
import { clock, initials, phoneText } from './format'

type Tree = { [name: string]: string | Tree }

function flat(tree: Tree, path = ''): Record<string, string> {
  return Object.fromEntries(
    Object.entries(tree).flatMap(([name, value]) =>
      typeof value === 'string'
        ? [[path + name, value]]
        : Object.entries(flat(value, `${path}${name}.`)),
    ),
  )
}

const variables = (message: string) =>
  [...new Set(message.match(/\{\w+(?=[,}])/g) ?? [])].toSorted()

const ALL = Object.fromEntries(LANGUAGES.map((one) => [one, flat(MESSAGES[one])]))

describe('the messages', () => {
  it.each(LANGUAGES)('in %s have the keys and variables of the English ones', (language) => {
    const own = ALL[language] ?? {}
    const english = ALL['en'] ?? {}
    expect(Object.keys(own)).toEqual(Object.keys(english))
    for (const [key, message] of Object.entries(english)) {
      expect([key, variables(own[key] ?? '')]).toEqual([key, variables(message)])
    }
  })

  it('count in Arabic as Arabic does', () => {
    const t = createTranslator({ locale: LOCALES.ar, messages: MESSAGES.ar, namespace: 'history' })
    const counts = [0, 1, 2, 5, 11, 100].map((n) => t('results', { n }))
    expect(counts).toEqual([
      'لا مكالمات',
      'مكالمة واحدة',
      'مكالمتان',
      '5 مكالمات',
      '11 مكالمة',
      '100 مكالمة',
    ])
  })
})

describe('the language of a new browser', () => {
  it('is the first we speak, French otherwise', () => {
    expect(preferred(['de-DE', 'ar-DZ', 'en'])).toBe('ar')
    expect(preferred(['de-DE'])).toBe('fr')
  })
})

describe('numbers and spans', () => {
  it('writes our own numbers nationally and others internationally', () => {
    expect(phoneText('+213550123456', 'DZ')).toBe('0550 12 34 56')
    expect(phoneText('+33612345678', 'DZ')).toBe('+33 6 12 34 56 78')
  })

  it('leaves extensions and what is no number alone', () => {
    expect(phoneText('1001', 'DZ')).toBe('1001')
    expect(phoneText('anonymous', 'DZ')).toBe('anonymous')
  })

  it.each([
    [0, '0:00'],
    [83.9, '1:23'],
    [3700, '1:01:40'],
    [-4, '0:00'],
  ])('writes %d seconds as %s', (seconds, words) => {
    expect(clock(seconds)).toBe(words)
  })

  it('takes the first and the last word of a name', () => {
    expect(initials('Nour El Houda Saadi')).toBe('NS')
    expect(initials('Lamia')).toBe('L')
  })
})
