import { useTranslations } from 'use-intl'

const DIGITS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#']

/** Twelve keys; always left to right. */
export function Keypad({ onPress }: { onPress: (digit: string) => void }) {
  const t = useTranslations('call')
  return (
    <div className="keypad" dir="ltr" role="group" aria-label={t('keypad')}>
      {DIGITS.map((digit) => (
        <button
          key={digit}
          type="button"
          onClick={() => onPress(digit)}
          data-testid={`digit-${digit}`}
        >
          {digit}
        </button>
      ))}
    </div>
  )
}
