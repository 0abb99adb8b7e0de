import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { Plus, Search } from 'lucide-react'
import { useState } from 'react'
import { Input, Label, SearchField } from 'react-aria-components'
import { useTranslations } from 'use-intl'
import { useContactSearch } from '../../api/queries'
import type { ContactSummary } from '../../api/types'
import { Badge, Button, Empty } from '../../components/controls'
import { Problem } from '../../components/problem'
import { PhoneNumber } from '../../components/text'
import { ContactForm } from './ContactForm'

/** Search and list; the search is in the address, so that it can be shared and gone back to. */
export function ContactsPage() {
  const t = useTranslations()
  const { q = '' } = useSearch({ from: '/contacts' })
  const navigate = useNavigate()
  const [isNew, setNew] = useState(false)
  const found = useContactSearch(q)
  const items = found.data?.pages.flatMap((page) => page.items) ?? []
  const search = (text: string) =>
    void navigate({ to: '/contacts', search: text ? { q: text } : {}, replace: true })

  return (
    <main className="centre">
      <header className="page-head">
        <h1>{t('rail.contacts')}</h1>
        <SearchField className="search" value={q} onChange={search}>
          <Label className="visually-hidden">{t('contact.search')}</Label>
          <Search size={16} aria-hidden />
          <Input placeholder={t('contact.search')} data-testid="contact-search" />
        </SearchField>
        <Button tone="primary" icon={<Plus size={16} aria-hidden />} onPress={() => setNew(true)}>
          {t('contact.create')}
        </Button>
      </header>
      {isNew && (
        <section className="card">
          <ContactForm
            onCancel={() => setNew(false)}
            onSaved={(saved) =>
              void navigate({ to: '/contacts/$contact', params: { contact: saved.id } })
            }
          />
        </section>
      )}
      <section className="card flush">
        {found.isError && <Problem problem={found.error} onRetry={() => void found.refetch()} />}
        {items.length > 0 && <ContactTable items={items} />}
        {found.isSuccess && items.length === 0 && (
          <Empty>{q ? t('contact.emptySearch', { q }) : t('contact.empty')}</Empty>
        )}
        {found.hasNextPage && (
          <div className="more">
            <Button onPress={() => void found.fetchNextPage()}>{t('app.more')}</Button>
          </div>
        )}
      </section>
    </main>
  )
}

function ContactTable({ items }: { items: ContactSummary[] }) {
  const t = useTranslations('contact')
  return (
    <table className="table">
      <thead>
        <tr>
          <th scope="col">{t('name')}</th>
          <th scope="col">{t('company')}</th>
          <th scope="col">{t('numbers')}</th>
          <th scope="col">{t('wilaya')}</th>
        </tr>
      </thead>
      <tbody>
        {items.map((contact) => (
          <tr key={contact.id} data-testid="contact-row">
            <td>
              <Link to="/contacts/$contact" params={{ contact: contact.id }} className="row-link">
                <bdi>{contact.name}</bdi>
              </Link>{' '}
              {contact.is_vip && <Badge tone="vip">{t('vip')}</Badge>}
            </td>
            <td>
              <bdi>{contact.company}</bdi>
            </td>
            <td>
              {contact.numbers[0] && (
                <PhoneNumber number={contact.numbers[0].e164 || contact.numbers[0].raw} />
              )}
            </td>
            <td>{contact.wilaya}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
