import { useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useRef, useSyncExternalStore } from 'react'
import { putNote } from '../api/calls'
import { useLastCalls } from '../api/queries'
import { useLive } from './context'

const SAVE_AFTER = 2_000
const RETRY_AFTER = 5_000
const PREFIX = 'nidaa.note.'

export type NoteStatus = 'empty' | 'saving' | 'saved' | 'kept'

interface Note {
  text: string
  status: NoteStatus
}

/**
 * Notes by conversation: typed once, seen by the notes panel and by wrap-up, saved to the server
 * two seconds after the last key, and kept in this browser until the server has them.
 */
class Notes {
  private readonly notes = new Map<string, Note>()
  private readonly timers = new Map<string, ReturnType<typeof setTimeout>>()
  private readonly listeners = new Set<() => void>()

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  get(conversation: string): Note {
    const known = this.notes.get(conversation)
    if (known) return known
    const kept = conversation && localStorage.getItem(PREFIX + conversation)
    const note: Note = { text: kept || '', status: kept ? 'kept' : 'empty' }
    this.notes.set(conversation, note)
    if (kept) this.saveSoon(conversation, SAVE_AFTER)
    return note
  }

  write(conversation: string, text: string): void {
    if (!conversation) return
    localStorage.setItem(PREFIX + conversation, text)
    this.set(conversation, { text, status: 'saving' })
    this.saveSoon(conversation, SAVE_AFTER)
  }

  /** The note went to the server with the wrap-up: nothing is left to send. */
  sent(conversation: string): void {
    clearTimeout(this.timers.get(conversation))
    localStorage.removeItem(PREFIX + conversation)
    this.notes.delete(conversation)
  }

  private saveSoon(conversation: string, after: number): void {
    clearTimeout(this.timers.get(conversation))
    this.timers.set(
      conversation,
      setTimeout(() => void this.save(conversation), after),
    )
  }

  private async save(conversation: string): Promise<void> {
    const { text } = this.get(conversation)
    const isSaved = await putNote(conversation, text).then(
      () => true,
      () => false,
    )
    if (this.notes.get(conversation)?.text !== text) return
    if (isSaved) localStorage.removeItem(PREFIX + conversation)
    else this.saveSoon(conversation, RETRY_AFTER)
    this.set(conversation, { text, status: isSaved ? 'saved' : 'kept' })
  }

  private set(conversation: string, note: Note): void {
    this.notes.set(conversation, note)
    for (const listener of this.listeners) listener()
  }
}

const notes = new Notes()

/**
 * The conversation that notes are about now; "" when none. After a reload in wrap-up the server no
 * longer names the call: it is the agent's newest one.
 */
export function useNotedConversation(conversation: string): string {
  const { agent } = useLive()
  const last = useLastCalls()
  if (conversation || agent?.state !== 'wrap_up') return conversation
  return last.data?.items[0]?.id ?? ''
}

/** The note of a conversation and how to change it. */
export function useNote(conversation: string) {
  const queries = useQueryClient()
  const note = useSyncExternalStore(notes.subscribe, () => notes.get(conversation))
  const status = useRef(note.status)
  useEffect(() => {
    if (note.status === 'saved' && status.current !== 'saved') {
      void queries.invalidateQueries({ queryKey: ['history'] })
    }
    status.current = note.status
  }, [note.status, queries])
  const write = useCallback((text: string) => notes.write(conversation, text), [conversation])
  const sent = useCallback(() => notes.sent(conversation), [conversation])
  return { ...note, write, sent }
}
