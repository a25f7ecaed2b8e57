/**
 * Is this the first use of its day, week or month? Told once by however many processes, so that the
 * active can be counted without an id.
 */
import { DAY_MS } from '#values/days'
import { windowOf } from '#values/windows'
import type { Effects } from '../effects.ts'
import type { ContractForm } from '../form.ts'
import type { StateFolder } from '../state/state-folder.ts'
import type { Fields } from '../telemetry.ts'

/** The record that every contract with `presence` has. */
export const presenceRecord = 'presence'
const file = 'presence.json'

export interface PresenceInput {
  readonly form: Pick<ContractForm, 'presence'>
  readonly version: string
  readonly state: Pick<StateFolder, 'createOnce' | 'list' | 'read' | 'remove' | 'write'>
  readonly effects: Pick<Effects, 'now'>
}

/**
 * Returns the fields to record, or undefined if this day, or nothing of it, is to be told. Ask only
 * where consent allows to record.
 */
export function createPresence({
  form,
  version,
  state,
  effects
}: PresenceInput): () => Fields | undefined {
  let told = -1
  return () => {
    const now = effects.now()
    const day = Math.floor(now / DAY_MS)
    if (day === told || form.presence.length === 0) return undefined
    told = day
    const name = new Date(day * DAY_MS).toISOString().slice(0, 10)
    const mark = `presence-${name}`
    // Of all processes of this day, the one that makes the mark tells; where nothing can be kept,
    // nobody knows which was first.
    if (state.createOnce(mark, '') !== 'made') return undefined
    for (const other of state.list(''))
      if (/^presence-\d{4}-\d{2}-\d{2}$/.test(other) && other < mark) state.remove(other)
    const kept = readKept(state.read(file))
    const [week, month] = [windowOf(now, 7), name.slice(0, 7)]
    const first = { day: true, week: kept.week !== week, month: kept.month !== month }
    const since = kept.since ?? week
    state.write(file, JSON.stringify({ week, month, since, version }))
    if (!form.presence.some((period) => first[period])) return undefined
    return {
      ...Object.fromEntries(form.presence.map((period) => [`first_of_${period}`, first[period]])),
      since_week: since,
      ...(kept.version === undefined || kept.version === version
        ? {}
        : { previous_version: kept.version })
    }
  }
}

interface Kept {
  readonly week?: string
  readonly month?: string
  readonly since?: string
  readonly version?: string
}

function readKept(text: string | undefined): Kept {
  try {
    const read = JSON.parse(text ?? '{}') as Record<string, unknown>
    return Object.fromEntries(
      ['week', 'month', 'since', 'version'].flatMap((key) =>
        typeof read[key] === 'string' ? [[key, read[key]]] : []
      )
    )
  } catch {
    // A new beginning: counted as one that began now.
    return {}
  }
}
