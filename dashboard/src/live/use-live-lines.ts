/**
 * Keeps the live stream open while the page is, pauses the showing of it, and begins again after a
 * break.
 */
import { useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useRef, useState } from 'react'
import { isAwayError, noteAway } from '../api/away.ts'
import { ApiError } from '../api/client.ts'
import { linesMax, readLines, type LiveLine, type LiveState } from './live-lines.ts'

/** Often enough to feel live, seldom enough to read. */
const showEveryMs = 300
const againAfterMs = 3000

export interface Live {
  readonly lines: readonly LiveLine[]
  readonly state: LiveState
  readonly error: ApiError | undefined
  /** Lines that came while the showing was paused. */
  readonly waiting: number
  clear(): void
}

export function useLiveLines({
  product,
  isPaused
}: {
  readonly product: string | undefined
  readonly isPaused: boolean
}): Live {
  const [lines, setLines] = useState<readonly LiveLine[]>([])
  const [state, setState] = useState<LiveState>('connecting')
  const [error, setError] = useState<ApiError>()
  const [waiting, setWaiting] = useState(0)
  const queue = useRef<LiveLine[]>([])
  const lastId = useRef(0)
  const queries = useQueryClient()

  useEffect(() => {
    const ended = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    queue.current = []
    setLines([])
    setError(undefined)
    const connect = async (): Promise<void> => {
      setState('connecting')
      try {
        await readLines({
          product,
          signal: ended.signal,
          onOpen: () => {
            setState('open')
            setError(undefined)
          },
          onLines: (found) => {
            for (const line of found) queue.current.push({ ...line, id: (lastId.current += 1) })
            // The oldest goes first, as on the screen.
            if (queue.current.length > linesMax)
              queue.current.splice(0, queue.current.length - linesMax)
          }
        })
      } catch (problem) {
        // A session that ended leads to the sign-in, as on every other page.
        if (problem instanceof ApiError && problem.status === 401)
          void queries.invalidateQueries({ queryKey: ['session'] })
        if (isAwayError(problem)) noteAway(queries)
        else setError(problem as ApiError)
      }
      if (ended.signal.aborted) return
      setState('ended')
      timer = setTimeout(() => void connect(), againAfterMs)
    }
    void connect()
    return () => {
      ended.abort()
      clearTimeout(timer)
    }
  }, [product, queries])

  useEffect(() => {
    const timer = setInterval(() => {
      setWaiting(isPaused ? queue.current.length : 0)
      if (isPaused || queue.current.length === 0) return
      const arrived = queue.current.splice(0).toReversed()
      setLines((now) => [...arrived, ...now].slice(0, linesMax))
    }, showEveryMs)
    return () => clearInterval(timer)
  }, [isPaused])

  const clear = useCallback(() => {
    queue.current = []
    setLines([])
  }, [])
  return { lines, state, error, waiting, clear }
}
