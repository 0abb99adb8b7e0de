import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Form, Label, TextArea, TextField } from 'react-aria-components'
import { useTranslations } from 'use-intl'
import { createContact, patchContact } from '../../api/calls'
import { ApiError, fieldError } from '../../api/client'
import type { Contact, ContactDraft } from '../../api/types'
import { Button, Field } from '../../components/controls'
import { Problem } from '../../components/problem'
import { useUnsaved } from '../../desk/unsaved'
import { useAppearance } from '../../i18n/locale'
import { Conflict } from './Conflict'
import { LanguageField, NumbersField, VipField } from './fields'

interface ContactFormProps {
  /** The contact to change; without it a new one is made. */
  contact?: Contact
  /** The new contact's first number. */
  number?: string
  onSaved: (contact: Contact) => void
  onCancel: () => void
}

/** New contact, or an edit guarded by the version that was read. */
export function ContactForm({ contact, number = '', onSaved, onCancel }: ContactFormProps) {
  const t = useTranslations()
  const { language } = useAppearance()
  const [draft, setDraft] = useState(() => (contact ? draftOf(contact) : blank(number, language)))
  // Of what was read when editing began: a record fetched anew behind the form would hide a conflict.
  const [version, setVersion] = useState(contact?.version ?? 0)
  const [isDirty, setDirty] = useState(false)
  const save = useSave(contact, draft, onSaved)
  useUnsaved(isDirty || save.isPending)

  const change = (part: Partial<ContactDraft>) => {
    setDraft({ ...draft, ...part })
    setDirty(true)
  }
  const current = currentOf(save.error)
  const problem = (field: string) => fieldError(save.error, field)

  return (
    <Form
      className="contact-form"
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate(version)
      }}
    >
      <Field
        label={t('contact.name')}
        value={draft.name}
        onChange={(name) => change({ name })}
        error={problem('name')}
        isRequired
        autoFocus
        testId="contact-name"
      />
      <Field
        label={t('contact.company')}
        value={draft.company}
        onChange={(company) => change({ company })}
        error={problem('company')}
        testId="contact-company"
      />
      <Field
        label={t('contact.email')}
        type="email"
        value={draft.email}
        onChange={(email) => change({ email })}
        error={problem('email')}
        isLtr
      />
      <Field
        label={t('contact.wilaya')}
        value={draft.wilaya}
        onChange={(wilaya) => change({ wilaya })}
        error={problem('wilaya')}
      />
      <LanguageField value={draft.language} onChange={(value) => change({ language: value })} />
      <VipField value={draft.is_vip} onChange={(is_vip) => change({ is_vip })} />
      <NumbersField
        value={draft.numbers}
        onChange={(numbers) => change({ numbers })}
        error={problem('numbers')}
      />
      <TextField className="field wide" value={draft.notes} onChange={(notes) => change({ notes })}>
        <Label>{t('contact.notes')}</Label>
        <TextArea rows={3} dir="auto" />
      </TextField>
      {current ? (
        <Conflict
          onTheirs={() => {
            setDraft(draftOf(current))
            setVersion(current.version)
            setDirty(false)
            save.reset()
          }}
          onMine={() => save.mutate(current.version)}
        />
      ) : (
        <Problem problem={save.error} />
      )}
      <div className="form-actions">
        <Button onPress={onCancel}>{t('app.cancel')}</Button>
        <Button
          type="submit"
          tone="primary"
          isDisabled={!draft.name.trim() || save.isPending}
          data-testid="save-contact"
        >
          {t('app.save')}
        </Button>
      </div>
    </Form>
  )
}

function useSave(
  contact: Contact | undefined,
  draft: ContactDraft,
  onSaved: (contact: Contact) => void,
) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (version: number) => {
      const clean = { ...draft, numbers: draft.numbers.filter((one) => one.raw.trim()) }
      return contact ? patchContact(contact.id, { ...clean, version }) : createContact(clean)
    },
    onSuccess: (saved) => {
      queries.setQueryData(['contact', saved.id], saved)
      void queries.invalidateQueries({ queryKey: ['contacts'] })
      onSaved(saved)
    },
  })
}

/** Somebody saved the contact while it was edited here: what they made of it. */
function currentOf(error: unknown): Contact | null {
  if (!(error instanceof ApiError) || error.code !== 'conflict') return null
  return (error.fields['current'] as Contact | undefined) ?? null
}

function draftOf(contact: Contact): ContactDraft {
  const { name, company, email, language, is_vip, wilaya, notes } = contact
  const numbers = contact.numbers.map(({ raw, label }) => ({ raw, label }))
  return { name, company, email, language, is_vip, wilaya, notes, numbers }
}

function blank(number: string, language: ContactDraft['language']): ContactDraft {
  const numbers = [{ raw: number, label: '' }]
  return {
    name: '',
    company: '',
    email: '',
    language,
    is_vip: false,
    wilaya: '',
    notes: '',
    numbers,
  }
}
