import { CircleAlert } from 'lucide-react'
import { useTranslations } from 'use-intl'
import { ApiError } from '../api/client'
import { Button } from './controls'

/** Turns a refusal into words of the reader's language. */
export function useProblemText(): (problem: unknown) => string {
  const t = useTranslations('error')
  return (problem) => {
    const code = problem instanceof ApiError ? problem.code : String(problem)
    const known = code as Parameters<typeof t>[0]
    if (code !== 'other' && t.has(known)) return t(known)
    const message = problem instanceof ApiError ? problem.message : ''
    return t('other', { code, message })
  }
}

interface ProblemProps {
  problem: unknown
  onRetry?: () => void
}

/** What went wrong and, where it helps, a button to try again. Nothing when all is well. */
export function Problem({ problem, onRetry }: ProblemProps) {
  const words = useProblemText()
  const t = useTranslations('app')
  if (!problem) return null
  return (
    <div className="problem" role="alert">
      <CircleAlert size={16} aria-hidden />
      <span>{words(problem)}</span>
      {onRetry && (
        <Button size="small" onPress={onRetry}>
          {t('retry')}
        </Button>
      )}
    </div>
  )
}
