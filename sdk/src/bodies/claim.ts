/**
 * How does a spool that several processes write into become one process's to send, so that a crash
 * at any point loses and doubles nothing?
 */
import { randomUuid } from '../identity/uuid.ts'
import { limits } from '../limits.ts'
import { fullSpoolFile, spoolFile } from '../record/spool.ts'
import type { StateAccess, StateFolder } from '../state/state-folder.ts'

/** Oldest first. */
const spoolFiles = [fullSpoolFile, spoolFile]

/** What a claim is made into: frozen bodies, by the names that they get in the outbox. */
export interface FrozenBody {
  readonly name: string
  readonly text: string
}

/**
 * A claim is a spool file under another name, `claimed-<id>-<n>.jsonl`. A line `#sealed` marks
 * where it ends: whoever had opened the
 * spool before it was renamed may still append, and what comes after the seal is the next claim.
 * `n` counts the parts that are done.
 *
 * The bodies are prepared beside it, `frozen-<id>-<n>.json`. The one rename to
 * `spent-<id>-<n+1>.jsonl` makes them valid: a process
 * that was stopped in the middle and finds its claim renamed by another throws its bodies away.
 */
const seal = '#sealed\n'
const claimName = /^claimed-([0-9a-f-]{36})-(\d{1,6})\.jsonl$/
const spentName = /^spent-([0-9a-f-]{36})-(\d{1,6})\.jsonl$/
const frozenName = /^frozen-([0-9a-f-]{36})-(\d{1,6})\.json$/
/** A spool that is full, and what its writers still append while it is moved. */
const claimBytesMax = 16 * limits.spoolBytesMax
/** Bodies repeat the head of their report, and JSON in JSON escapes its quotes. */
const frozenBytesMax = 4 * claimBytesMax

/**
 * Takes everything that lies in the spool, and what a process that died had taken, through `freeze`
 * into the outbox. Returns false when
 * something had to stay (a full disk); it is taken up by the next call.
 */
export function freezeSpool(
  place: StateAccess<'randomBytes'>,
  freeze: (lines: readonly string[]) => readonly FrozenBody[]
): boolean {
  let isWhole = finishCommitted(place)
  for (const claim of abandonedClaims(place)) isWhole = consume(place, claim, freeze) && isWhole
  for (const name of spoolFiles) {
    if (place.state.sizeOf(name) === 0) continue
    const claim = { id: randomUuid(place.effects), done: 0 }
    if (place.state.rename(name, fileOf('claimed', claim)))
      isWhole = consume(place, claim, freeze) && isWhole
  }
  return isWhole
}

/**
 * What was appended to a spool after it had been sealed, and else the files that are not needed any
 * more.
 */
export function sweepSpent(
  place: StateAccess<'randomBytes'>,
  freeze: (lines: readonly string[]) => readonly FrozenBody[]
): void {
  const { state } = place
  for (const name of state.list('')) {
    const spent = claimOf(spentName, name)
    if (
      spent === undefined ||
      state.sizeOf(fileOf('frozen', { ...spent, done: spent.done - 1 })) > 0
    )
      continue
    const parts = partsOf(state, name)
    if (parts === undefined) continue
    if (parts.slice(spent.done).join('').trim() === '') {
      state.remove(name)
      continue
    }
    const claim = { id: randomUuid(place.effects), done: spent.done }
    if (state.rename(name, fileOf('claimed', claim))) consume(place, claim, freeze)
  }
}

interface Claim {
  readonly id: string
  readonly done: number
}

function consume(
  place: StateAccess<'randomBytes'>,
  claim: Claim,
  freeze: (lines: readonly string[]) => readonly FrozenBody[]
): boolean {
  const { state } = place
  const name = fileOf('claimed', claim)
  if (
    (partsOf(state, name)?.length ?? Number.POSITIVE_INFINITY) < claim.done + 2 &&
    !state.append(name, seal)
  )
    return false
  const parts = partsOf(state, name)
  if (parts === undefined) return false
  const lines = (parts[claim.done] ?? '').split('\n').filter((line) => line !== '')
  const bodies = freeze(lines)
  const prepared = fileOf('frozen', claim)
  if (bodies.length > 0 && !state.write(prepared, JSON.stringify(bodies))) return false
  if (!state.rename(name, fileOf('spent', { ...claim, done: claim.done + 1 }))) {
    state.remove(prepared)
    return false
  }
  const isSpread = spread(state, prepared)
  // What is sealed is in the outbox now. Whoever opened the file as a spool still appends behind
  // the seals.
  const spent = fileOf('spent', { ...claim, done: claim.done + 1 })
  if (isSpread && state.sizeOf(spent) === Buffer.byteLength(parts.join(seal)))
    state.overwrite(spent, seal.repeat(claim.done + 1))
  return isSpread
}

/** Puts valid bodies into the outbox. Done twice, it makes the same files with the same bytes. */
function spread(state: StateFolder, prepared: string): boolean {
  const text = state.read(prepared, frozenBytesMax)
  if (text === undefined) return true
  for (const { name, text: body } of JSON.parse(text) as readonly FrozenBody[])
    if (state.createOnce(`outbox/${name}`, body) === 'failed') return false
  state.remove(prepared)
  return true
}

function finishCommitted({ state }: StateAccess<'randomBytes'>): boolean {
  const names = state.list('')
  let isWhole = true
  for (const name of names) {
    const frozen = claimOf(frozenName, name)
    if (frozen === undefined || names.includes(fileOf('claimed', frozen))) continue
    // Without a spent claim it belonged to one that another process has taken over.
    // Looked at again, because a list that is made while a file is renamed may have it under
    // neither name.
    const committed = fileOf('spent', { ...frozen, done: frozen.done + 1 })
    if (names.includes(committed) || state.sizeOf(committed) > 0)
      isWhole = spread(state, name) && isWhole
    else state.remove(name)
  }
  return isWhole
}

/** Each under a new name, so that whoever had it can not make its bodies valid any more. */
function abandonedClaims({ state, effects }: StateAccess<'randomBytes'>): readonly Claim[] {
  return state.list('').flatMap((name) => {
    const before = claimOf(claimName, name)
    if (before === undefined) return []
    const claim = { id: randomUuid(effects), done: before.done }
    if (!state.rename(name, fileOf('claimed', claim))) return []
    state.remove(fileOf('frozen', before))
    return [claim]
  })
}

/** Undefined: it can't be read now. */
function partsOf(state: StateFolder, name: string): readonly string[] | undefined {
  // No spool of ours grows so large: it would lie there for ever.
  if (state.sizeOf(name) > claimBytesMax) state.remove(name)
  // A line that its process did not end has the seal's mark in its middle: it is lost, but the seal
  // is seen.
  return state.read(name, claimBytesMax)?.split(seal)
}

function claimOf(shape: RegExp, name: string): Claim | undefined {
  const match = shape.exec(name)
  return match === null ? undefined : { id: match[1] ?? '', done: Number(match[2]) }
}

function fileOf(kind: 'claimed' | 'spent' | 'frozen', { id, done }: Claim): string {
  return `${kind}-${id}-${done}.${kind === 'frozen' ? 'json' : 'jsonl'}`
}
