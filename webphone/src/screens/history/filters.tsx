import { useTranslations } from 'use-intl'

interface FilterProps {
  label: string
  value: string | undefined
  onChange: (value: string) => void
}

interface PickFilterProps extends FilterProps {
  /** Value and label. */
  choices: readonly (readonly [string, string])[]
}

export function PickFilter({ label, value = '', choices, onChange }: PickFilterProps) {
  const t = useTranslations('history')
  return (
    <label className="filter">
      <span>{label}</span>
      <select value={value} onChange={(event) => onChange(event.target.value)}>
        <option value="">{t('any')}</option>
        {choices.map(([code, words]) => (
          <option key={code} value={code}>
            {words}
          </option>
        ))}
      </select>
    </label>
  )
}
