/**
 * Tries what a stranger could find out beside the collector's own thread, which answers clients
 * meanwhile: a table of a hundred hidden counts is hundreds of linear programs, and a second.
 */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Clock } from '../../effects.ts'
import type { PublishedTable } from '../published.ts'
import type { Finding } from './attack.ts'

/** What takes longer is not published. */
const deadlineMs = 300_000

/** Beside this file once it is compiled; a source is run with what was built of it. */
const script = new URL(
  import.meta.url.endsWith('.ts') ? '../../../dist/publication/attack/thread.js' : './thread.js',
  import.meta.url
)

/** Undefined: it was not over in time, or the thread ended. */
export async function attackBeside(
  tables: readonly PublishedTable[],
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal }
): Promise<readonly Finding[] | undefined> {
  if (signal.aborted) return undefined
  const thread = new Worker(script, { workerData: tables })
  const stopping = new AbortController()
  const stop = (): void => stopping.abort()
  const cancel = clock.after(deadlineMs, stop)
  const found = once(thread, 'message', { signal: AbortSignal.any([signal, stopping.signal]) })
  thread.once('exit', stop)
  try {
    const [findings] = (await found) as [readonly Finding[]]
    return findings
  } catch {
    return undefined
  } finally {
    cancel()
    await thread.terminate()
  }
}
