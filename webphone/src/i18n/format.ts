import { parsePhoneNumberFromString, type CountryCode } from 'libphonenumber-js/min'

/** 83 -> "1:23", 3700 -> "1:01:40". */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds))
  const hours = Math.floor(whole / 3600)
  const minutes = Math.floor((whole % 3600) / 60)
  const rest = String(whole % 60).padStart(2, '0')
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${rest}` : `${minutes}:${rest}`
}

/** As people here write it: national for our own country, international for others. */
export function phoneText(number: string, country: string): string {
  const parsed = parsePhoneNumberFromString(number, country as CountryCode)
  if (!parsed?.isPossible() || number.length <= 6) return number
  return parsed.country === country ? parsed.formatNational() : parsed.formatInternational()
}

/** "Samira Haddad" -> "SH": two letters that stand for a person. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean)
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined]
  return letters
    .map((word) => (word ? [...word][0] : ''))
    .join('')
    .toUpperCase()
}

/** 0.724 -> "72 %" in the locale's way. */
export function percent(share: number, locale: string): string {
  return new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 }).format(share)
}
