/** What does a word that somebody wrote into a variable, file or flag say about telemetry? */
import type { ConsentState } from './decision.ts'

export interface Said {
  readonly says: ConsentState | undefined
  /** A level's name is a yes up to that level. */
  readonly level?: string
  readonly warning?: string
  readonly suspected?: true
}

const nothing: Said = { says: undefined }
const offWords = /^(?:off|0|false|no|n|f|none|never|disabled?)$/
const onWords = /^(?:on|1|true|yes|y|t|enabled?)$/

/**
 * Any case, blanks around it do not matter. Empty says nothing. A word that means nothing counts as
 * off: whoever wrote it wanted
 * something other than the default, and only one of the two mistakes can be taken back.
 */
export function readWord(value: unknown, levels: readonly string[] = []): Said {
  const word = wordOf(value)
  if (word === '') return nothing
  if (offWords.test(word)) return { says: 'off' }
  if (onWords.test(word)) return { says: 'on' }
  if (word === 'local' || word === 'log') return { says: word }
  const level = levels.find((name) => name.toLowerCase() === word)
  if (level !== undefined) return { says: 'on', level }
  return {
    says: 'off',
    suspected: true,
    warning: 'this means nothing here, so it counts as off: write on, off, local or log'
  }
}

/** DO_NOT_TRACK: anything but an empty text or a no is a no to telemetry; it is never a yes. */
export function readDoNotTrack(value: string | undefined): Said {
  return value === undefined || /^(?:|0|false|no|off)$/.test(wordOf(value))
    ? nothing
    : { says: 'off' }
}

/**
 * A switch that the contract declares, with the word `off` that turns telemetry off.
 * `DISABLE_TELEMETRY: true` works the other way
 * round: only its off is heard, since nobody says yes by not disabling.
 */
export function readDeclared(value: unknown, off: unknown, levels: readonly string[]): Said {
  const word = wordOf(value)
  if (word === '') return nothing
  if (word === wordOf(off)) return { says: 'off' }
  const said = readWord(value, levels)
  if (readWord(off).says !== 'on') return said
  return said.says === 'off' && said.warning === undefined ? nothing : { ...said, says: 'off' }
}

/** Whatever a configuration holds; what is no plain value is a word that means nothing. */
function wordOf(value: unknown): string {
  if (value === undefined || value === null) return ''
  return /^(?:string|number|boolean|bigint)$/.test(typeof value)
    ? String(value).trim().toLowerCase()
    : '?'
}
