/**
 * What does an installation keep of itself, made once by however many processes start at once, and
 * made anew in a copy?
 */
import type { Effects } from '../effects.ts'
import { hex, type StateFolder } from '../state/state-folder.ts'
import { randomUuid } from './uuid.ts'

interface Installation {
  readonly id: string
  /** Keys the tokens of names and the ids of windows; never travels. */
  readonly salt: string
  readonly deletion: string
  /** Tells a copy from its original; never travels, and means nothing without the salt. */
  readonly bound?: string
  /** Which machine it is of: what waits says so too, whoever sends it. */
  readonly machine?: string
}

export interface InstallationFile {
  /** Makes it if there is none. Undefined where nothing can be kept. */
  read(): Installation | undefined
  /** Of the machine on which something was recorded; makes it if that has none yet. */
  of(machine: string): Installation | undefined
  /** As it is, or undefined: makes nothing. */
  peek(): Installation | undefined
  renew(): void
  forget(options: { readonly file?: boolean }): void
}

const identityFileName = 'identity.json'
/** Machines that share a home; of more, the one that came first is forgotten. */
const machinesMax = 64

export interface InstallationPlace {
  readonly state: StateFolder
  /**
   * The product's own id file, which is taken over: the id stays there, for those who know it
   * there.
   */
  readonly idPlace: { readonly folder: StateFolder; readonly name: string } | undefined
  readonly effects: Pick<Effects, 'files' | 'randomBytes'>
}

export function installationFile({ state, idPlace, effects }: InstallationPlace): InstallationFile {
  let held: Installation | undefined

  function read(): Installation | undefined {
    // Before it is read: what is read then is at least as new, and a replacement by somebody else
    // is noticed.
    const stamp = state.stampOf(identityFileName)
    const seen = state.look(identityFileName)
    if (seen.is === 'absent') return make()
    const all = parse(seen.is === 'text' ? seen.text : undefined)
    const kept = ownOf(all)
    return kept === undefined ? add(all, stamp) : settled(kept, all)
  }

  /**
   * This machine's: homes are shared, and images copied. One that is bound to nothing is anybody's.
   */
  function ownOf(all: readonly Installation[]): Installation | undefined {
    return all.find(({ salt, bound, machine }) => {
      if (machine !== undefined && here() !== '' && machine !== here()) return false
      const place = bound === undefined ? undefined : boundTo(salt)
      return place === undefined || place === bound
    })
  }

  let ownMachine: string | undefined
  const here = (): string => (ownMachine ??= machineMark(effects.files))

  function fresh(): Installation {
    const salt = hex(effects.randomBytes(32))
    const made = { id: randomUuid(effects), salt, deletion: hex(effects.randomBytes(32)) }
    const bound = boundTo(salt)
    return bound === undefined ? made : { ...made, bound }
  }

  function make(): Installation | undefined {
    if (
      state.path === undefined ||
      state.createOnce(identityFileName, textOf([fresh()])) === 'failed'
    )
      return undefined
    const all = parse(state.read(identityFileName))
    const kept = ownOf(all)
    return kept && settled(kept, all)
  }

  /**
   * For a machine that has none yet, or in place of what is damaged: whoever is first among its
   * processes says what it is, and the others take that. What other machines have stays theirs: in
   * a
   * home that they share, each finds its own again.
   */
  function add(
    others: readonly Installation[],
    stamp: string | undefined
  ): Installation | undefined {
    const marker = `identity-${others.at(-1)?.deletion.slice(0, 8) ?? 'damaged'}.next`
    state.createOnce(marker, textOf([fresh()]))
    const next = parse(state.read(marker))
    // Who comes late finds it there already, and must not put another one beside it.
    if (next.length > 0 && state.stampOf(identityFileName) === stamp)
      state.write(identityFileName, textOf([...others, ...next].slice(-machinesMax)))
    state.remove(marker)
    const all = parse(state.read(identityFileName))
    const kept = ownOf(all)
    return kept && settled(kept, all)
  }

  /**
   * Bound to its machine (the first one is made before there is a folder to bind it to), and with
   * the
   * id in the product's own file, which counts whoever wrote it there, and is made there if there
   * is
   * none. Whoever else tries writes the same.
   */
  function settled(kept: Installation, all: readonly Installation[]): Installation {
    const bound = kept.bound ?? boundTo(kept.salt)
    const whole = {
      ...kept,
      id: idOf(kept, all),
      ...(bound === undefined ? {} : { bound }),
      ...(here() === '' ? {} : { machine: here() })
    }
    if (
      whole.bound !== kept.bound ||
      whole.id !== kept.id ||
      ('machine' in whole && whole.machine !== kept.machine)
    )
      state.write(identityFileName, textOf(all.map((each) => (each === kept ? whole : each))))
    return whole
  }

  function idOf(kept: Installation, all: readonly Installation[]): string {
    if (idPlace === undefined) return kept.id
    const { folder, name } = idPlace
    const found = readId(folder.read(name))
    if (found !== undefined) return isAnothers(found, kept, all) ? kept.id : found
    if (folder.sizeOf(name) > 0) return kept.id
    folder.createOnce(name, kept.id)
    return readId(folder.read(name)) ?? kept.id
  }

  /** The file is one for all machines of a shared home. */
  function isAnothers(
    found: string,
    kept: Installation | undefined,
    all: readonly Installation[]
  ): boolean {
    return all.some((each) => each.salt !== kept?.salt && each.id === found)
  }

  /**
   * A machine's id and the folder's own number, keyed by the salt: a copy on another machine, or
   * beside its original, differs.
   */
  function boundTo(salt: string): string | undefined {
    try {
      const machine = effects.files.readFileSync('/etc/machine-id', 'utf8').trim()
      const folder = effects.files.statSync(state.path ?? '').ino
      if (machine === '' || machine === 'uninitialized') return undefined
      return process
        .getBuiltinModule('node:crypto')
        .createHmac('sha256', salt)
        .update(`${machine}\n${folder}`)
        .digest('hex')
    } catch {
      return undefined
    }
  }

  /** Another machine of this home recorded something and has not reported yet: its id is made. */
  function othersOf(machine: string): Installation | undefined {
    const found = parse(state.read(identityFileName)).find((each) => each.machine === machine)
    if (found !== undefined) return found
    const salt = hex(effects.randomBytes(32))
    const made = {
      id: randomUuid(effects),
      salt,
      deletion: hex(effects.randomBytes(32)),
      machine
    }
    const all = [...parse(state.read(identityFileName)), made].slice(-machinesMax)
    return state.write(identityFileName, textOf(all)) ? made : undefined
  }

  return {
    read: () => (held ??= quietly(read)),
    of: (machine) =>
      machine === here() ? (held ??= quietly(read)) : quietly(() => othersOf(machine)),
    peek() {
      const all = parse(state.read(identityFileName))
      const kept = held ?? ownOf(all)
      const own = idPlace && readId(idPlace.folder.read(idPlace.name))
      return kept && own !== undefined && !isAnothers(own, kept, all) ? { ...kept, id: own } : kept
    },
    renew() {
      const all = parse(state.read(identityFileName))
      const kept = ownOf(all)
      const next = fresh()
      const others = all.filter((each) => each !== kept)
      const known = idPlace && readId(idPlace.folder.read(idPlace.name))
      held = undefined
      if (!state.write(identityFileName, textOf([...others, next].slice(-machinesMax)))) return
      if (known === undefined || !isAnothers(known, kept, all))
        idPlace?.folder.write(idPlace.name, next.id)
    },
    forget({ file }) {
      held = undefined
      if (file && idPlace !== undefined) idPlace.folder.remove(idPlace.name)
    }
  }
}

/** Tells the machines of one home apart, and nothing to anybody else; empty where nothing does. */
export function machineMark(files: Pick<Effects['files'], 'readFileSync'>): string {
  let mark = 7
  const text = quietly(() => files.readFileSync('/etc/machine-id', 'utf8').trim()) ?? ''
  if (text === '' || text === 'uninitialized') return ''
  for (const letter of text) mark = (mark * 31 + letter.charCodeAt(0)) % 2_147_483_647
  return mark.toString(36)
}

function quietly<Result>(call: () => Result): Result | undefined {
  try {
    return call()
  } catch {
    return undefined
  }
}

/** The first one as it was when there was but one. */
function textOf([first, ...others]: readonly Installation[]): string {
  return `${JSON.stringify(others.length === 0 ? first : { ...first, others })}\n`
}

const digits = /^[0-9a-f]{64}$/

/** All that can be read; none of what is damaged. */
function parse(text: string | undefined): readonly Installation[] {
  try {
    const first = JSON.parse(text ?? '') as { readonly others?: unknown } | null
    const others: readonly unknown[] = Array.isArray(first?.others) ? first.others : []
    return [first, ...others].slice(0, machinesMax).flatMap((each) => installationOf(each) ?? [])
  } catch {
    return []
  }
}

function installationOf(found: unknown): Installation | undefined {
  const { id, salt, deletion, bound, machine } = (found ?? {}) as Partial<Installation>
  if (readId(id) === undefined || !digits.test(String(salt)) || !digits.test(String(deletion)))
    return undefined
  return {
    id: String(id),
    salt: String(salt),
    deletion: String(deletion),
    ...(digits.test(String(bound)) ? { bound: String(bound) } : {}),
    ...(/^[0-9a-z]{1,6}$/.test(String(machine)) ? { machine: String(machine) } : {})
  }
}

/** 1 to 128 printable characters; anything else is no id. */
function readId(text: unknown): string | undefined {
  const id = typeof text === 'string' ? text.trim() : ''
  return /^[\x21-\x7e]{1,128}$/.test(id) ? id : undefined
}
