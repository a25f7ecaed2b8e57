/** Which bodies wait to be sent, exactly as they will be sent? */
import { limits } from '../limits.ts'
import type { StateFolder } from '../state/state-folder.ts'

/** A frozen body's name says what must be known without opening it; names sort by age. */
export interface BodyName {
  /** Milliseconds since 1970, when the oldest of it was recorded. */
  readonly written: number
  readonly report: string
  readonly wire: 'native' | 'segment'
}

export interface WaitingBody extends BodyName {
  readonly name: string
  readonly text: string
}

const shape = /^(\d{13})-([0-9a-f-]{36})\.(native|segment)\.json$/
/** A body is at most a report; a Segment message repeats its context. */
const bodyBytesMax = 4 * limits.reportBytesMax

export function bodyName({ written, report, wire }: BodyName): string {
  const at = Math.min(Math.max(0, Math.trunc(written)), 9_999_999_999_999)
  return `${String(at).padStart(13, '0')}-${report}.${wire}.json`
}

/** Oldest first. */
export function waitingBodies(state: StateFolder): readonly WaitingBody[] {
  return names(state).flatMap((body) => {
    const text = state.read(`outbox/${body.name}`, bodyBytesMax)
    return text === undefined ? [] : [{ ...body, text }]
  })
}

export function removeBody(state: StateFolder, { name }: Pick<WaitingBody, 'name'>): void {
  state.remove(`outbox/${name}`)
}

/** False: it could not be written, and is as it was. */
export function rewriteBody(
  state: StateFolder,
  { name }: Pick<WaitingBody, 'name'>,
  text: string
): boolean {
  return state.write(`outbox/${name}`, text)
}

/**
 * Takes out what is too old to be known again by its collector, and the oldest of what is too many.
 * Returns how many records went, by cause.
 */
export function trimOutbox(
  state: StateFolder,
  { now, bytesMax }: { readonly now: number; readonly bytesMax: number }
): Readonly<Record<string, number>> {
  const lost: Record<string, number> = {}
  const all = waitingBodies(state)
  let bytes = all.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0)
  for (const [index, body] of all.entries()) {
    const cause =
      body.written < now - limits.spoolAgeMsMax
        ? 'age'
        : index < all.length - limits.outboxReportsMax || bytes > bytesMax
          ? 'outbox'
          : undefined
    if (cause === undefined) continue
    removeBody(state, body)
    bytes -= Buffer.byteLength(body.text)
    lost[cause] = (lost[cause] ?? 0) + recordsIn(body)
  }
  return lost
}

/** How many records a body holds. */
export function recordsIn({ text, wire }: Pick<WaitingBody, 'text' | 'wire'>): number {
  const body = JSON.parse(text) as {
    runs?: readonly { records: readonly unknown[] }[]
    batch?: readonly unknown[]
  }
  if (wire === 'native')
    return (body.runs ?? []).reduce((sum, { records }) => sum + records.length, 0)
  return body.batch?.length ?? 1
}

function names(state: StateFolder): readonly (BodyName & { readonly name: string })[] {
  return state.list('outbox').flatMap((name) => {
    const match = shape.exec(name)
    if (match === null) return []
    return [
      {
        name,
        written: Number(match[1]),
        report: match[2] ?? '',
        wire: match[3] === 'native' ? 'native' : 'segment'
      }
    ]
  })
}
