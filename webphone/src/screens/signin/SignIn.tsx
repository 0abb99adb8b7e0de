import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { Form } from 'react-aria-components'
import { useTranslations } from 'use-intl'
import { signIn } from '../../api/calls'
import type { Session } from '../../api/types'
import { Button, Field } from '../../components/controls'
import { Problem } from '../../components/problem'
import { Frame } from './Frame'

interface SignInProps {
  onDone: (session: Session) => Promise<void>
  /** Where the first administrator is made; "" when there is one. */
  setUp: string
}

export function SignIn({ onDone, setUp }: SignInProps) {
  const t = useTranslations('signIn')
  const [login, setLogin] = useState('')
  const [password, setPassword] = useState('')
  const enter = useMutation({ mutationFn: () => signIn(login.trim(), password), onSuccess: onDone })

  return (
    <Frame title={t('title')} lead={t('lead')}>
      <Form
        onSubmit={(event) => {
          event.preventDefault()
          enter.mutate()
        }}
      >
        <Field
          label={t('login')}
          value={login}
          onChange={setLogin}
          autoComplete="username"
          name="username"
          autoFocus
          isLtr
          testId="login"
        />
        <Field
          label={t('password')}
          type="password"
          value={password}
          onChange={setPassword}
          autoComplete="current-password"
          name="password"
          isLtr
          testId="password"
        />
        <Problem problem={enter.error} />
        <Button
          type="submit"
          tone="primary"
          size="large"
          isDisabled={!login.trim() || !password || enter.isPending}
          data-testid="sign-in"
        >
          {t('submit')}
        </Button>
      </Form>
      {setUp && (
        <p className="gate-foot">
          <a href={setUp}>{t('setUpLink')}</a>
        </p>
      )}
    </Frame>
  )
}
