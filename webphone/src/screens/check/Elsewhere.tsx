import { MonitorSmartphone } from 'lucide-react'
import { useTranslations } from 'use-intl'
import { Button, Empty } from '../../components/controls'
import { useDesk, useLive } from '../../desk/context'

const IN_CALL = ['reserved', 'ringing', 'talking', 'held']

/** Another tab of this browser is the phone. */
export function Elsewhere() {
  const t = useTranslations('check')
  const desk = useDesk()
  const { agent } = useLive()
  const isTalking = IN_CALL.includes(agent?.state ?? '')
  return (
    <main className="center">
      <Empty
        title={t('elsewhereTitle')}
        icon={<MonitorSmartphone size={36} strokeWidth={1.5} aria-hidden />}
      >
        {isTalking ? t('elsewhereBusy') : t('elsewhere')}
      </Empty>
      <Button
        tone="primary"
        size="large"
        isDisabled={isTalking}
        onPress={() => void desk.takeOver()}
        data-testid="take-over"
      >
        {t('takeOver')}
      </Button>
    </main>
  )
}
