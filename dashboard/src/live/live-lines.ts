/**
 * The live view's lines, read from the stream as they come; bounded, so that a busy evening does
 * not fill the browser.
 */
import { apiPath, errorOf, ApiError } from '../api/client.ts'

export interface Dropped {
  readonly code: string
  readonly field?: string
  readonly name?: string
}

export interface LiveLine {
  readonly id: number
  readonly at: string
  readonly product: string
  readonly is: 'kept' | 'dropped' | 'skipped' | 'missed'
  readonly name?: string
  readonly protocol?: string
  readonly installation?: string
  readonly version?: string
  readonly fields?: Readonly<Record<string, unknown>>
  readonly dropped?: readonly Dropped[]
  readonly count?: number
}

/** As many as somebody scrolls through. */
export const linesMax = 500
/** A line is 1–2 KiB; one that never ends is not a line. */
const restCharactersMax = 1_048_576

export type LiveState = 'connecting' | 'open' | 'ended'

export async function readLines(options: {
  readonly product: string | undefined
  readonly signal: AbortSignal
  readonly onOpen: () => void
  readonly onLines: (lines: readonly Omit<LiveLine, 'id'>[]) => void
}): Promise<void> {
  const { product, signal, onOpen, onLines } = options
  let response: Response
  try {
    response = await fetch(apiPath('tail', { product }), { signal })
  } catch {
    if (signal.aborted) return
    throw new ApiError('SERVER_SILENT', 'The server does not answer. Is `candor serve` running?', 0)
  }
  if (!response.ok || response.body === null) throw await errorOf(response)
  onOpen()
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      const parts = (rest + value).split('\n')
      rest = (parts.pop() ?? '').slice(0, restCharactersMax)
      const lines = parts.flatMap((text) => parsed(text))
      if (lines.length > 0) onLines(lines)
    }
  } catch {
    if (!signal.aborted)
      throw new ApiError(
        'SERVER_SILENT',
        'The connection ended; the server may be starting again.',
        0
      )
  }
}

function parsed(text: string): readonly Omit<LiveLine, 'id'>[] {
  if (text.trim() === '') return []
  try {
    const line: unknown = JSON.parse(text)
    return typeof line === 'object' && line !== null && 'is' in line
      ? [line as Omit<LiveLine, 'id'>]
      : []
  } catch {
    return []
  }
}
