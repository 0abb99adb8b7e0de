import { Plus, X } from 'lucide-react'
import { Checkbox } from 'react-aria-components'
import { useTranslations } from 'use-intl'
import type { ContactDraft, Language } from '../../api/types'
import { Button, Field } from '../../components/controls'
import { LANGUAGES } from '../../i18n'
import { KINDS, useLabelWords } from './label'

interface FieldProps<T> {
  value: T
  onChange: (value: T) => void
  error?: string
}

export function LanguageField({ value, onChange }: FieldProps<Language>) {
  const t = useTranslations('contact')
  return (
    <label className="field">
      <span>{t('language')}</span>
      <select value={value} onChange={(event) => onChange(event.target.value as Language)}>
        {LANGUAGES.map((one) => (
          <option key={one} value={one}>
            {t(`lang_${one}`)}
          </option>
        ))}
      </select>
    </label>
  )
}

export function VipField({ value, onChange }: FieldProps<boolean>) {
  const t = useTranslations('contact')
  return (
    <Checkbox className="checkbox" isSelected={value} onChange={onChange}>
      <span className="box" aria-hidden />
      {t('vip')}
    </Checkbox>
  )
}

type Numbers = ContactDraft['numbers']

export function NumbersField({ value, onChange, error }: FieldProps<Numbers>) {
  const t = useTranslations('contact')
  const set = (at: number, part: Partial<Numbers[number]>) =>
    onChange(value.map((one, index) => (index === at ? { ...one, ...part } : one)))
  return (
    <fieldset className="wide numbers-field">
      <legend>{t('numbers')}</legend>
      {value.map((one, at) => (
        <div key={at} className="number-row">
          <Field
            label={`${t('number')} ${at + 1}`}
            value={one.raw}
            onChange={(raw) => set(at, { raw })}
            error={at === 0 ? error : undefined}
            type="tel"
            isLtr
          />
          <KindField value={one.label} onChange={(label) => set(at, { label })} />
          <Button
            tone="quiet"
            icon={<X size={16} aria-hidden />}
            aria-label={t('removeNumber')}
            onPress={() => onChange(value.filter((_, index) => index !== at))}
          />
        </div>
      ))}
      <Button
        size="small"
        icon={<Plus size={14} aria-hidden />}
        onPress={() => onChange([...value, { raw: '', label: '' }])}
      >
        {t('addNumber')}
      </Button>
    </fieldset>
  )
}

/** Mobile, home, work …; a label from elsewhere stays among the choices. */
function KindField({ value, onChange }: FieldProps<string>) {
  const t = useTranslations()
  const words = useLabelWords()
  const isOurs = value === '' || KINDS.some((kind) => kind === value)
  return (
    <label className="field">
      <span>{t('contact.numberKind')}</span>
      <select value={value} onChange={(event) => onChange(event.target.value)}>
        <option value="">{t('label.none')}</option>
        {[...(isOurs ? [] : [value]), ...KINDS].map((kind) => (
          <option key={kind} value={kind}>
            {words(kind)}
          </option>
        ))}
      </select>
    </label>
  )
}
