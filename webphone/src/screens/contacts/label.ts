import { useTranslations } from 'use-intl'

/** Kinds of number that we have words for; any other label stays as it was written. */
export const KINDS = ['mobile', 'home', 'work', 'office', 'fax', 'other'] as const

/** The label of a number in the reader's language. */
export function useLabelWords(): (label: string) => string {
  const t = useTranslations('label')
  return (label) => {
    const known = KINDS.find((kind) => kind === label.trim().toLowerCase())
    return known ? t(known) : label
  }
}
