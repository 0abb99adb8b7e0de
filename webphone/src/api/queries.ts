import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import * as calls from './calls'
import type { HistoryFilter } from './calls'

/** Query keys begin with what invalidates them: `history.changed` invalidates all of "history". */

export function usePauseReasons() {
  return useQuery({ queryKey: ['pause-reasons'], queryFn: calls.getPauseReasons, staleTime: 6e5 })
}

export function useDispositions() {
  return useQuery({ queryKey: ['dispositions'], queryFn: calls.getDispositions, staleTime: 6e5 })
}

export function useDay() {
  return useQuery({ queryKey: ['history', 'day'], queryFn: calls.getDay })
}

export function useLastCalls() {
  return useQuery({
    queryKey: ['history', 'last'],
    queryFn: () => calls.getConversations({}, undefined, 10),
  })
}

export function useContact(contact: string) {
  return useQuery({
    queryKey: ['contact', contact],
    queryFn: () => calls.getContact(contact),
    enabled: contact !== '',
  })
}

export function useContactSearch(q: string) {
  return useInfiniteQuery({
    queryKey: ['contacts', q],
    queryFn: ({ pageParam }) => calls.searchContacts(q, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: (before) => before,
  })
}

export function useContactHistory(contact: string) {
  return useInfiniteQuery({
    queryKey: ['history', 'contact', contact],
    queryFn: ({ pageParam }) => calls.getContactHistory(contact, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    enabled: contact !== '',
  })
}

export function useConversations(filter: HistoryFilter) {
  return useInfiniteQuery({
    queryKey: ['history', 'all', filter],
    queryFn: ({ pageParam }) => calls.getConversations(filter, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: (before) => before,
  })
}

export function usePeaks(recording: string, isWanted: boolean) {
  return useQuery({
    queryKey: ['peaks', recording],
    queryFn: () => calls.getPeaks(recording),
    enabled: isWanted,
    staleTime: Infinity,
  })
}

export function useConversation(conversation: string) {
  return useQuery({
    queryKey: ['history', 'one', conversation],
    queryFn: () => calls.getConversation(conversation),
    enabled: conversation !== '',
  })
}

/** Names of agents and queues; only supervisors and administrators may ask. */
export function useTeam(isAllowed: boolean) {
  return useQuery({
    queryKey: ['team'],
    queryFn: calls.getTeam,
    enabled: isAllowed,
    staleTime: 6e4,
  })
}
