import type { ReactNode } from 'react'

interface CardHeaderProps {
  name: ReactNode
  subtitle?: ReactNode
  face?: string
  badges?: ReactNode
  actions?: ReactNode
}

/** The head of a card: who this is, first and largest. */
export function CardHeader({ name, subtitle, face, badges, actions }: CardHeaderProps) {
  return (
    <header className="card-head">
      {face && (
        <span className="face large" aria-hidden>
          {face}
        </span>
      )}
      <div className="card-title">
        <h1>
          <bdi data-testid="card-name">{name}</bdi> {badges}
        </h1>
        {subtitle && <p className="muted">{subtitle}</p>}
      </div>
      {actions && <div className="card-actions">{actions}</div>}
    </header>
  )
}
