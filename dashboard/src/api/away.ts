/** Does the server answer at all? One fact for the whole page, so that not every card says it. */
import type { QueryClient } from '@tanstack/react-query'
import { useSyncExternalStore } from 'react'
import { ApiError, ask } from './client.ts'

/** Soon enough that nobody presses Reload, seldom enough for a server that is starting. */
const againMs = 3_000

const listeners = new Set<() => void>()
let isAway = false

function set(now: boolean): void {
  if (isAway === now) return
  isAway = now
  for (const listener of listeners) listener()
}

export function useServerAway(): boolean {
  return useSyncExternalStore(
    (changed) => {
      listeners.add(changed)
      return () => listeners.delete(changed)
    },
    () => isAway
  )
}

/** No answer, or one of a proxy in front of a server that is not there. */
export function isAwayError(error: unknown): boolean {
  return (
    error instanceof ApiError &&
    (error.status === 0 || (error.code === 'ANSWER_UNREADABLE' && error.status >= 502))
  )
}

/** Asks until the server answers again; then everything on the page is asked anew, once. */
export function noteAway(queries: QueryClient): void {
  if (isAway) return
  set(true)
  const look = async (): Promise<void> => {
    try {
      await ask('GET session')
    } catch (error) {
      if (isAwayError(error)) {
        setTimeout(() => void look(), againMs)
        return
      }
    }
    set(false)
    await queries.invalidateQueries()
  }
  setTimeout(() => void look(), againMs)
}
