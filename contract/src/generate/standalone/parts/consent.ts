/** May it record and send, up to which level, and who said so? Any off wins. */
import {
  frameDigest,
  hasLevels,
  hasSwitches,
  hearSwitches,
  isOptOut,
  levelNames,
  productName,
  termsDigest,
  usualLevel,
  variable,
  type Place,
  type Word
} from './form.ts'
import { env, files, geteuid, isOwn, json, objectAt, platform, textAt, write } from './kept.ts'
import { no } from './places.ts'

/** Names of what a user agreed to. */
export interface Terms {
  readonly terms?: unknown
  readonly frame?: unknown
}

export interface Notice {
  readonly at?: unknown
  readonly until?: unknown
  readonly terms?: Terms
}

export interface Standing {
  readonly state: 'on' | 'off' | 'undecided'
  /** The place of the highest level that travels. */
  readonly level: number
  readonly because: string
  readonly agreed: Terms
  /** Of the machine's policy, and final. */
  readonly endpoint: unknown
}

/** What is looked at anew each time. */
export interface Asking {
  readonly folder: string | undefined
  readonly isService: boolean
  /** What a flag or the host's configuration says. */
  readonly says: unknown
  readonly place: () => Place
  /** When the notice was shown that this run found at its begin. */
  readonly noticeBefore: unknown
  /** One that could not be kept: its grace runs out in this process. */
  readonly noticeHere: Notice | undefined
  /** Every file that was looked at, and what stood in it. */
  readonly seen: (path: string, text: string | undefined | null) => void
}

/** One that a fast clock dated silences nobody: it is shown again. */
export function noticeIn(known: Readonly<Record<string, unknown>>): Notice {
  const notice = Object(known['notice']) as Notice
  return Date.parse(String(notice.at)) > Date.now() + 300_000 ? {} : notice
}

export const termsNow: Terms = { terms: termsDigest, frame: frameDigest }

/** A word that means nothing counts as off; a level's name is a yes up to it. */
function wordOf(value: unknown): Word {
  const word = String(value ?? '')
    .trim()
    .toLowerCase()
  if (word === '') return undefined
  if (/^(?:on|1|true|yes|y|t|enabled?)$/.test(word)) return 'on'
  // What is only to be looked at is not recorded at all.
  if (/^lo(?:cal|g)$/.test(word)) return 'held'
  const level = levelNames.findIndex((name) => name.toLowerCase() === word)
  return level < 0 ? 'off' : level
}

/** A switch of the product's own; one that disables is heard only where it does. */
export function switched(value = '', off: string): Word {
  const word = wordOf(value)
  if (value.trim().toLowerCase() === off.toLowerCase()) return 'off'
  return wordOf(off) !== 'on' ? word : word === 'off' || word === undefined ? undefined : 'off'
}

/** What holds now: all that anybody said, and what was agreed to. */
export function standingOf(asking: Asking): Standing {
  const { folder, isService, seen } = asking
  let off = ''
  let held = ''
  let yes = ''
  let level = Infinity
  let endpoint: unknown
  const hear = (where: string, word: Word, isYes = true): void => {
    if (word === 'off') off ||= where
    else if (word === 'held') held ||= where
    else if (word !== undefined && isYes) yes ||= where
    if (hasLevels && typeof word === 'number') level = Math.min(level, word)
  }
  const hearLevel = (name: unknown): void => {
    if (name !== undefined) level = Math.min(level, Math.max(0, levelNames.indexOf(String(name))))
  }
  // Whoever runs the machine, for all its users. What can't be read is a no.
  for (const root of platform === 'win32'
    ? [env['ProgramData'] ?? 'C:/ProgramData']
    : ['/etc', ...(platform === 'darwin' ? ['/Library/Application Support'] : [])]) {
    let path = `${root}/candor.d`
    try {
      const names = files.existsSync(path) ? files.readdirSync(path).sort() : []
      seen(path, names.join('\n'))
      for (const name of names) {
        if (!name.endsWith('.json')) continue
        path = `${root}/candor.d/${name}`
        const found = files.statSync(path)
        if ((geteuid && found.uid !== 0 && !isOwn(found)) || found.mode & 2) throw path
        const text = files.readFileSync(path, 'utf8')
        seen(path, text)
        const all = JSON.parse(text) as Record<string, Record<string, Record<string, unknown>>>
        for (const section of [all['products']?.[productName] ?? {}, all]) {
          const word = wordOf(section['telemetry'])
          hear(path, word, word === 'on')
          if (hasLevels) hearLevel(section['level'])
          endpoint ??= section['endpoint']
          // This client sends by a process of its own, or not at all.
          if (section['delivery'] === 'in-process') held ||= path
        }
      }
    } catch {
      off ||= path
    }
  }
  if (!no.test((env['DO_NOT_TRACK'] ?? '').trim().toLowerCase())) off ||= 'DO_NOT_TRACK'
  hear(variable, wordOf(env[variable]))
  if (hasSwitches) hearSwitches(hear)
  // Of an opt-out product, `enabled: true` is what programs ship with, and no yes.
  hear('the program', wordOf(asking.says === true ? undefined : asking.says), !isOptOut)
  const path = `${folder}/consent.json`
  const text = folder && textAt(path)
  seen(path, text)
  const file = objectAt(path)
  const says = text === undefined ? undefined : file['says']
  if (text !== undefined) hear(path, says === undefined ? 'off' : wordOf(says))
  if (hasLevels) hearLevel(file['level'])
  const known = objectAt(`${folder}/notice.json`)
  const notice = asking.noticeHere ?? noticeIn(known)
  const isOver =
    isOptOut &&
    Date.now() >= Number(notice.until) &&
    (isService || (notice.at !== undefined && notice.at === asking.noticeBefore))
  let agreed = (says === 'on' ? file['terms'] : known['terms']) as Terms | undefined
  // Other recipients, places and purposes than those that were agreed to wait for a word.
  if (isOver && says !== 'on' && (!agreed || agreed.frame === notice.terms?.frame))
    agreed = notice.terms
  const isOn = yes || isOver || (isOptOut && known['by'] === 'notice')
  const state = off ? 'off' : held || !isOn ? 'undecided' : 'on'
  if (state === 'on' && !agreed) {
    agreed = termsNow
    // What is new later is new against what stood in the contract when somebody said yes.
    if (folder && asking.place().isKept)
      write(`${folder}/notice.json`, json({ candor: 1, ...known, terms: agreed }))
  }
  return {
    state,
    level: hasLevels && level < Infinity ? level : usualLevel,
    because: off || held || yes || (isOver ? 'the notice' : ''),
    agreed: agreed ?? {},
    endpoint
  }
}
