import { Phone } from 'lucide-react'
import { useTranslations } from 'use-intl'
import type { Contact } from '../../api/types'
import { Button } from '../../components/controls'
import { PhoneNumber } from '../../components/text'
import { EXTENSION } from '../../desk/caller'
import { useDesk, usePhone, useShift } from '../../desk/context'
import { canSignal, isBusy } from '../../phone/state'
import { useLabelWords } from './label'

/** Numbers, e-mail and what is known about the customer. */
export function ContactFacts({ contact }: { contact: Contact }) {
  const t = useTranslations('contact')
  const words = useLabelWords()
  return (
    <dl className="facts">
      <div>
        <dt>{t('numbers')}</dt>
        <dd>
          <ul className="numbers">
            {contact.numbers.map((one) => (
              <li key={one.e164 || one.raw}>
                <PhoneNumber number={one.e164 || one.raw} />
                {one.label && <bdi className="muted">{words(one.label)}</bdi>}
                <CallButton number={one.e164 || one.raw} />
              </li>
            ))}
          </ul>
        </dd>
      </div>
      {contact.email && (
        <div>
          <dt>{t('email')}</dt>
          <dd>
            <bdi dir="ltr">{contact.email}</bdi>
          </dd>
        </div>
      )}
      {contact.notes && (
        <div className="wide">
          <dt>{t('notes')}</dt>
          <dd dir="auto" className="prose">
            {contact.notes}
          </dd>
        </div>
      )}
    </dl>
  )
}

/** Only extensions can be dialled for now: a number outside needs a trunk to dial out by. */
function CallButton({ number }: { number: string }) {
  const t = useTranslations('contact')
  const { phone } = useDesk()
  const { shift } = useShift()
  const state = usePhone()
  if (shift !== 'phone' || !EXTENSION.test(number)) return null
  return (
    <Button
      tone="quiet"
      size="small"
      icon={<Phone size={14} aria-hidden />}
      aria-label={t('callNumber', { number })}
      isDisabled={isBusy(state) || !canSignal(state)}
      onPress={() => phone.dial(number)}
    />
  )
}
