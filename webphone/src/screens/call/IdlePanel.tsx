import { Delete, Grid3x3, Phone } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { Input, Label, TextField } from 'react-aria-components'
import { useLocale, useTranslations } from 'use-intl'
import { useDay, useLastCalls } from '../../api/queries'
import { Button } from '../../components/controls'
import { Span } from '../../components/text'
import { useDesk, usePhone, useShift } from '../../desk/context'
import { KEYS, useShortcuts } from '../../desk/shortcuts'
import { percent } from '../../i18n/format'
import { canSignal } from '../../phone/state'
import { Keypad } from './Keypad'
import { LastCall } from './LastCall'

/** No call: dial, last calls, my day. */
export function IdlePanel() {
  const { shift } = useShift()
  const phone = usePhone()
  const { phone: device } = useDesk()
  const [number, setNumber] = useState('')
  const canDial = shift === 'phone' && canSignal(phone)
  const dial = (wanted: string) => canDial && wanted && device.dial(wanted)

  return (
    <div className="idle">
      {shift === 'phone' && (
        <DialField number={number} onChange={setNumber} onDial={dial} canDial={canDial} />
      )}
      <Day />
      <LastCalls onDial={canDial ? dial : undefined} />
    </div>
  )
}

interface DialFieldProps {
  number: string
  onChange: (number: string) => void
  onDial: (number: string) => void
  canDial: boolean
}

function DialField({ number, onChange, onDial, canDial }: DialFieldProps) {
  const t = useTranslations('call')
  const [isOpen, setOpen] = useState(false)
  const clean = number.replace(/[^\d+*#]/g, '')
  useShortcuts({ keypad: () => setOpen((is) => !is) })
  return (
    <form
      className="dial"
      onSubmit={(event) => {
        event.preventDefault()
        onDial(clean)
      }}
    >
      <TextField value={number} onChange={onChange} className="field dial-field">
        <Label>{t('dial')}</Label>
        <div className="dial-row">
          <Input dir="ltr" inputMode="tel" autoComplete="off" data-testid="dial-number" />
          <Button
            tone={isOpen ? 'primary' : 'plain'}
            icon={<Grid3x3 size={16} aria-hidden />}
            aria-label={t('keypad')}
            aria-expanded={isOpen}
            onPress={() => setOpen(!isOpen)}
            keys={KEYS['keypad']}
          />
          <Button
            type="submit"
            tone="good"
            icon={<Phone size={16} aria-hidden />}
            aria-label={t('dialAction')}
            isDisabled={!clean || !canDial}
            data-testid="dial"
          />
        </div>
      </TextField>
      {isOpen && (
        <>
          <Keypad onPress={(digit) => onChange(number + digit)} />
          {number && (
            <Button
              tone="quiet"
              size="small"
              icon={<Delete size={16} aria-hidden className="mirror" />}
              aria-label="⌫"
              onPress={() => onChange(number.slice(0, -1))}
            />
          )}
        </>
      )}
    </form>
  )
}

function Day() {
  const t = useTranslations('call')
  const locale = useLocale()
  const day = useDay()
  if (day.isError) return <p className="hint">{t('dayUnavailable')}</p>
  if (!day.data) return null
  const { calls, talk_for, hold_for, wrap_up_for, occupancy } = day.data
  return (
    <section className="day">
      <h3>{t('day')}</h3>
      <dl>
        <Figure label={t('dayCalls')}>{calls}</Figure>
        <Figure label={t('dayTalk')}>
          <Span seconds={talk_for} />
        </Figure>
        <Figure label={t('dayHold')}>
          <Span seconds={hold_for} />
        </Figure>
        <Figure label={t('dayWrapUp')}>
          <Span seconds={wrap_up_for} />
        </Figure>
        <Figure label={t('dayOccupancy')}>
          {occupancy === null ? '–' : percent(occupancy, locale)}
        </Figure>
      </dl>
    </section>
  )
}

function Figure({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  )
}

function LastCalls({ onDial }: { onDial?: (number: string) => void }) {
  const t = useTranslations('call')
  const last = useLastCalls()
  const items = last.data?.items ?? []
  return (
    <section className="last-calls">
      <h3>{t('lastCalls')}</h3>
      {items.length === 0 && !last.isLoading && <p className="hint">{t('noCalls')}</p>}
      <ul>
        {items.map((one) => (
          <LastCall key={one.id} conversation={one} onDial={onDial} />
        ))}
      </ul>
    </section>
  )
}
