/**
 * When is a snapshot due? It goes on its own day and minute, whatever restarts, and again soon
 * after a failure, but never in a storm.
 */
import type { Effects } from '../effects.ts'
import { limits } from '../limits.ts'
import type { StateAccess, StateFolder } from '../state/state-folder.ts'
import type { ReportSchedule } from '../telemetry.ts'
import { digestOf } from './once.ts'

const scheduleFile = 'schedule.json'
const lockFile = 'schedule.lock'
const HOUR_MS = 3_600_000
/** Whoever holds the lock for longer is dead. */
const lockMsMax = 10_000
/** Gathering what a database has to say takes seconds; after this it counts as failed. */
const gatherMsMax = 60_000
const retryMs = 300_000
/** What a timer can count, and often enough to notice that a machine slept. */
const waitMsMax = 6 * HOUR_MS
/** Databases of one process; the one that was due longest ago is forgotten. */
const schedulesMax = 1_000

export interface Scheduled {
  readonly name: string
  readonly gather: () => unknown
  readonly schedule: ReportSchedule
  /** Takes what was gathered. */
  readonly record: (fields: object) => void
  /** Nothing is gathered that may not be recorded. */
  readonly mayRecord: () => boolean
}

/**
 * Returns what stops it. A first snapshot comes within an hour of the first start, at a moment that
 * chance chose.
 */
export function startSchedule(
  place: StateAccess<'now' | 'after' | 'randomBytes'>,
  { name, gather, schedule, record, mayRecord }: Scheduled
): () => void {
  const { state, effects } = place
  const key = `${name} ${digestOf(schedule.of ?? '')}`
  const everyMs = Math.max(60_000, schedule.everyHours * HOUR_MS || 24 * HOUR_MS)
  // Where nothing can be kept, this process alone knows.
  let own: number | undefined
  let failures = 0
  let isStopped = false
  let cancel = (): void => {}

  const jittered = (ms: number): number => ms * (0.75 + chance(effects) / 2)
  const dueAt = (): number | undefined => {
    const kept = readDue(state, effects.now()).get(key) ?? own
    // A clock that was set back must not silence it for years.
    return kept !== undefined && kept - effects.now() > 2 * everyMs ? undefined : kept
  }
  const setDue = (at: number): void => {
    own = at
    // Whoever holds the lock needs a millisecond. If it is never free, the retry that was written
    // before stands.
    for (let tries = 0; tries < 3 && !changeDue(place, (due) => due.set(key, at)); tries += 1);
  }

  function wait(): void {
    if (isStopped) return
    let due = dueAt()
    if (due === undefined) {
      due = effects.now() + Math.min(everyMs, HOUR_MS) * chance(effects)
      setDue(due)
    }
    cancel = effects.after(Math.min(Math.max(0, due - effects.now()), waitMsMax), run)
  }

  function run(): void {
    if (isStopped) return
    const now = effects.now()
    if (!mayRecord()) {
      // Not a failure: looks again after a while, without writing anything.
      cancel = effects.after(Math.min(everyMs, jittered(retryMs)), run)
      return
    }
    let due: number | undefined
    // Taken before it is gathered: of several processes only one reports, and one that dies while
    // it gathers is followed soon.
    const isTaken = changeDue(place, (all) => {
      const kept = Math.min(all.get(key) ?? own ?? now, now + 2 * everyMs)
      if (kept > now && kept - now <= everyMs) return
      due = Math.min(kept, now)
      all.set(key, now + retryMs)
    })
    if (!isTaken) cancel = effects.after(jittered(1_000), run)
    else if (due === undefined) wait()
    else {
      own = now + retryMs
      void attempt(due)
    }
  }

  async function attempt(due: number): Promise<void> {
    try {
      const fields = await gathered(gather, effects)
      if (isStopped) return
      failures = 0
      record(fields)
      // The same moment of the next day, or of the one after if this one came late; what was missed
      // is not made up for.
      setDue(due + everyMs * Math.max(1, Math.ceil((effects.now() - due) / everyMs + 0.5)))
    } catch {
      if (isStopped) return
      setDue(effects.now() + Math.min(everyMs, jittered(retryMs * 2 ** failures)))
      failures = Math.min(failures + 1, 20)
    }
    wait()
  }

  wait()
  return () => {
    isStopped = true
    cancel()
  }
}

async function gathered(gather: () => unknown, effects: Pick<Effects, 'after'>): Promise<object> {
  const given = gather()
  let cancel = (): void => {}
  const deadline = new Promise<never>((_resolve, reject) => {
    cancel = effects.after(gatherMsMax, () => reject(new Error('late')))
  })
  try {
    const fields: unknown = await Promise.race([given, deadline])
    if (typeof fields !== 'object' || fields === null) throw new Error('no fields')
    return fields
  } finally {
    cancel()
  }
}

function chance(effects: Pick<Effects, 'randomBytes'>): number {
  const [high = 0, low = 0] = effects.randomBytes(2)
  return (high * 256 + low) / 65_536
}

/** Nothing that a clock wrote which was ahead then: it would silence those that are right. */
function readDue(state: StateFolder, now: number): Map<string, number> {
  try {
    const found: unknown = JSON.parse(state.read(scheduleFile) ?? '{}')
    if (typeof found !== 'object' || found === null) return new Map()
    const { written } = found as { readonly written?: unknown }
    if (typeof written === 'number' && written > now + limits.aheadMsMax) return new Map()
    return new Map(
      Object.entries(found).filter(
        (entry): entry is [string, number] => entry[0] !== 'written' && Number.isFinite(entry[1])
      )
    )
  } catch {
    return new Map()
  }
}

/**
 * Under a lock, so that of several processes none undoes what another wrote. False while another
 * one holds it.
 */
function changeDue(
  { state, effects }: StateAccess<'now' | 'after' | 'randomBytes'>,
  change: (due: Map<string, number>) => void
): boolean {
  const now = effects.now()
  const made = state.createOnce(lockFile, String(now))
  if (made === 'exists' && Math.abs(now - Number(state.read(lockFile) ?? now)) <= lockMsMax)
    return false
  const due = readDue(state, now)
  change(due)
  const kept = [...due].toSorted(([, one], [, other]) => other - one).slice(0, schedulesMax)
  state.write(scheduleFile, JSON.stringify({ written: now, ...Object.fromEntries(kept) }))
  if (made !== 'failed') state.remove(lockFile)
  return true
}
