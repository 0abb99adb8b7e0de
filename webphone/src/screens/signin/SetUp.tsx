import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { Form } from 'react-aria-components'
import { useTranslations } from 'use-intl'
import { setUp, signIn } from '../../api/calls'
import { fieldError } from '../../api/client'
import type { Session } from '../../api/types'
import { Button, Field } from '../../components/controls'
import { Problem } from '../../components/problem'
import { Frame } from './Frame'

const MIN_PASSWORD = 10

/** The first administrator, by the one-time token of /setup?token=. */
export function SetUp({ onDone }: { onDone: (session: Session) => Promise<void> }) {
  const t = useTranslations('signIn')
  const [token, setToken] = useState(() => new URLSearchParams(location.search).get('token') ?? '')
  const [name, setName] = useState('')
  const [login, setLogin] = useState('')
  const [password, setPassword] = useState('')
  const create = useMutation({
    mutationFn: async () => {
      await setUp({ token: token.trim(), name: name.trim(), login: login.trim(), password })
      return signIn(login.trim(), password)
    },
    onSuccess: (session) => {
      history.replaceState(null, '', '/')
      return onDone(session)
    },
  })
  const isComplete = token && name.trim() && login.trim() && password.length >= MIN_PASSWORD

  return (
    <Frame title={t('setUpTitle')} lead={t('setUpLead')}>
      <Form
        onSubmit={(event) => {
          event.preventDefault()
          create.mutate()
        }}
      >
        <Field
          label={t('token')}
          value={token}
          onChange={setToken}
          error={fieldError(create.error, 'token')}
          isLtr
          testId="token"
        />
        <Field
          label={t('name')}
          value={name}
          onChange={setName}
          error={fieldError(create.error, 'name')}
          autoComplete="name"
          autoFocus
          testId="name"
        />
        <Field
          label={t('login')}
          value={login}
          onChange={setLogin}
          error={fieldError(create.error, 'login')}
          autoComplete="username"
          isLtr
          testId="login"
        />
        <Field
          label={t('password')}
          type="password"
          hint={t('passwordHint')}
          value={password}
          onChange={setPassword}
          error={fieldError(create.error, 'password')}
          autoComplete="new-password"
          isLtr
          testId="password"
        />
        <Problem problem={create.error} />
        <Button
          type="submit"
          tone="primary"
          size="large"
          isDisabled={!isComplete || create.isPending}
          data-testid="set-up"
        >
          {t('create')}
        </Button>
      </Form>
    </Frame>
  )
}
