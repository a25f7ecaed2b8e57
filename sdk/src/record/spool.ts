/**
 * Where do records wait until they are sent? In one file that all processes append to, bounded:
 * what is oldest goes first, and is counted.
 */
import { limits } from '../limits.ts'
import type { StateAccess, StateFolder } from '../state/state-folder.ts'
import type { Fragment } from '../wire.ts'

export const spoolFile = 'spool.jsonl'
/** What did not fit any more; the next full spool takes its place. */
export const fullSpoolFile = 'spool.1.jsonl'
const lockFile = 'spool.lock'
const outgoingFile = 'spool.out.jsonl'
/** Moving two files takes a millisecond; who holds the lock for longer is dead. */
const lockMsMax = 10_000
const appendBytesMax = limits.spoolBytesMax / 4

export interface SpoolContent {
  readonly records: number
  readonly bytes: number
  /** Counted in its lines as lost before. */
  readonly lost: number
}

/**
 * Appends whole lines with one write. Each line has a line break on both sides, so that one that a
 * full disk or a killed process
 * tore spoils only itself. Returns false if they could not be written, and else how many records
 * had to go for them.
 */
export function appendToSpool(
  { state, effects }: StateAccess<'now'>,
  lines: readonly string[]
): false | number {
  let gone = 0
  let from = 0
  while (from < lines.length) {
    let to = from + 1
    let bytes = lines[from]?.length ?? 0
    // What one turn recorded may be larger than the spool: it comes in pieces, so that no file
    // grows beyond its bound by more than one.
    for (; to < lines.length && bytes < appendBytesMax; to += 1) bytes += lines[to]?.length ?? 0
    if (!state.append(spoolFile, `\n${lines.slice(from, to).join('\n')}\n`)) return false
    if (state.sizeOf(spoolFile) > limits.spoolBytesMax) gone += moveFullSpool({ state, effects })
    from = to
  }
  return gone
}

/** What waits; for people who ask. */
export function readSpool(state: StateFolder): SpoolContent {
  const sum = { records: 0, bytes: 0, lost: 0 }
  for (const name of [fullSpoolFile, spoolFile]) {
    const content = contentOf(state, name)
    sum.records += content.records
    sum.bytes += content.bytes
    sum.lost += content.lost
  }
  return sum
}

/** One process moves the files; the others go on appending to whatever is there. */
function moveFullSpool({ state, effects }: StateAccess<'now'>): number {
  const now = effects.now()
  if (state.createOnce(lockFile, String(now)) !== 'made') {
    const since = Number(state.read(lockFile) ?? now)
    if (!(Math.abs(now - since) < lockMsMax)) state.remove(lockFile)
    return 0
  }
  let gone = 0
  // Another process may have moved it since its size was looked at.
  if (state.sizeOf(spoolFile) > limits.spoolBytesMax) {
    // Taken away under a name of its own first: whoever is about to send it must not find what is
    // being counted as lost.
    if (state.rename(fullSpoolFile, outgoingFile)) {
      const content = contentOf(state, outgoingFile)
      gone = content.records + content.lost
      state.remove(outgoingFile)
    }
    state.rename(spoolFile, fullSpoolFile)
  }
  state.remove(lockFile)
  return gone
}

function contentOf(state: StateFolder, name: string): SpoolContent {
  let records = 0
  let lost = 0
  for (const line of state.read(name, 16 * limits.spoolBytesMax)?.split('\n') ?? []) {
    const fragment = line === '' ? undefined : fragmentOf(line)
    records += fragment?.run.records.length ?? 0
    for (const count of Object.values(fragment?.lost ?? {})) lost += count
  }
  return { records, lost, bytes: state.sizeOf(name) }
}

function fragmentOf(line: string): Fragment | undefined {
  try {
    const fragment = JSON.parse(line) as Fragment
    return Array.isArray(fragment.run.records) ? fragment : undefined
  } catch {
    return undefined
  }
}
