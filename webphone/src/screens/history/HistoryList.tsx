import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslations } from 'use-intl'
import type { Conversation, Page } from '../../api/types'
import { Button, Empty } from '../../components/controls'
import { Problem } from '../../components/problem'
import { ConversationDetail } from './ConversationDetail'
import { ConversationRow } from './ConversationRow'

interface HistoryListProps {
  history: UseInfiniteQueryResult<InfiniteData<Page<Conversation>>>
  emptyText: string
  withContact?: boolean
  /** A conversation to leave out: the one that is going on. */
  except?: string
}

/** Conversations, newest first; one at a time is open. */
export function HistoryList(props: HistoryListProps) {
  const { history, emptyText, withContact = false, except = '' } = props
  const t = useTranslations('app')
  const [open, setOpen] = useState('')
  const all = history.data?.pages.flatMap((page) => page.items) ?? []
  const items = all.filter((one) => one.id !== except)
  return (
    <>
      {history.isError && (
        <Problem problem={history.error} onRetry={() => void history.refetch()} />
      )}
      <ol className="history">
        {items.map((one) => (
          <li key={one.id} className={one.id === open ? 'history-item open' : 'history-item'}>
            <ConversationRow
              conversation={one}
              isOpen={one.id === open}
              withContact={withContact}
              onToggle={() => setOpen(one.id === open ? '' : one.id)}
            />
            {one.id === open && <ConversationDetail conversation={one} />}
          </li>
        ))}
      </ol>
      {history.isSuccess && items.length === 0 && <Empty>{emptyText}</Empty>}
      {history.hasNextPage && (
        <div className="more">
          <Button onPress={() => void history.fetchNextPage()}>{t('more')}</Button>
        </div>
      )}
    </>
  )
}
