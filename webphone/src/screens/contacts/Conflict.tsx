import { useTranslations } from 'use-intl'
import { Button } from '../../components/controls'

/** Two people edited one contact: the agent decides whose version stays. */
export function Conflict({ onTheirs, onMine }: { onTheirs: () => void; onMine: () => void }) {
  const t = useTranslations('contact')
  return (
    <div className="problem wide" role="alert">
      <span>
        <strong>{t('conflictTitle')}.</strong> {t('conflict')}
      </span>
      <Button size="small" onPress={onTheirs} data-testid="see-theirs">
        {t('keepTheirs')}
      </Button>
      <Button size="small" onPress={onMine} data-testid="keep-mine">
        {t('keepMine')}
      </Button>
    </div>
  )
}
