import type { ReactNode } from 'react'
import { Button as AriaButton, Input, Label, TextField, FieldError } from 'react-aria-components'
import type { ButtonProps as AriaButtonProps } from 'react-aria-components'

type Tone = 'plain' | 'primary' | 'good' | 'danger' | 'quiet'

export interface ButtonProps extends Omit<AriaButtonProps, 'className' | 'children'> {
  tone?: Tone
  size?: 'small' | 'medium' | 'large'
  icon?: ReactNode
  children?: ReactNode
  keys?: string
  title?: string
  className?: string
  'data-testid'?: string
  'data-on'?: boolean
}

/** A button of ours; `keys` is its shortcut as ARIA writes it. */
export function Button(props: ButtonProps) {
  const { tone = 'plain', size = 'medium', icon, children, keys, className = '', ...rest } = props
  return (
    <AriaButton
      {...rest}
      {...(keys ? { 'aria-keyshortcuts': keys } : {})}
      className={`button ${tone} ${size} ${children ? '' : 'icon-only'} ${className}`}
    >
      {icon}
      {children && <span className="button-text">{children}</span>}
    </AriaButton>
  )
}

interface FieldProps {
  label: string
  value: string
  onChange: (value: string) => void
  type?: string
  name?: string
  error?: string
  hint?: string
  isRequired?: boolean
  autoFocus?: boolean
  autoComplete?: string
  isLtr?: boolean
  minLength?: number
  testId?: string
}

export function Field(props: FieldProps) {
  return (
    <TextField
      className="field"
      value={props.value}
      onChange={props.onChange}
      isRequired={props.isRequired}
      isInvalid={Boolean(props.error)}
      autoFocus={props.autoFocus}
      type={props.type ?? 'text'}
      name={props.name}
      minLength={props.minLength}
      autoComplete={props.autoComplete}
      validationBehavior="aria"
    >
      <Label>{props.label}</Label>
      <Input data-testid={props.testId} dir={props.isLtr ? 'ltr' : undefined} />
      {props.hint && !props.error && <span className="hint">{props.hint}</span>}
      <FieldError>{props.error}</FieldError>
    </TextField>
  )
}

/** A small mark with words; colour never says anything alone. */
export function Badge({ tone = 'neutral', children }: { tone?: string; children: ReactNode }) {
  return <span className={`badge ${tone}`}>{children}</span>
}

/** What a page or pane shows when there is nothing in it. */
export function Empty({ title, children, icon }: EmptyProps) {
  return (
    <div className="empty">
      {icon}
      {title && <strong>{title}</strong>}
      <p>{children}</p>
    </div>
  )
}

interface EmptyProps {
  title?: string
  icon?: ReactNode
  children?: ReactNode
}
