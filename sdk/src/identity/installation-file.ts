/**
 * What does an installation keep of itself, made once by however many processes start at once, and
 * made anew in a copy?
 */
import type { Effects } from '../effects.ts'
import { hex, type StateFolder } from '../state/state-folder.ts'
import { randomUuid } from './uuid.ts'
import { quietly } from '../quietly.ts'

interface Installation {
  readonly id: string
  /** Keys the tokens of names and the ids of windows; never travels. */
  readonly salt: string
  readonly deletion: string
  /** Tells a copy from its original; never travels, and means nothing without the salt. */
  readonly bound?: string
  /** Which machine it is of: what waits says so too, whoever sends it. */
  readonly machine?: string
  /** The id was in the product's own file before, so that it stays there when all of ours goes. */
  readonly isFound?: true
}

export interface InstallationFile {
  /** Makes it if there is none. Undefined where nothing can be kept. */
  read(): Installation | undefined
  /** Of the machine on which something was recorded; makes it if that has none yet. */
  of(machine: string): Installation | undefined
  /** As it is, or undefined: makes nothing. */
  peek(): Installation | undefined
  renew(): void
  /** Whether the id in the product's own file was made here, and not found there. */
  hasMadeFile(): boolean
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

export function installationFile(place: InstallationPlace): InstallationFile {
  return new HeldInstallations(place)
}

class HeldInstallations implements InstallationFile {
  readonly #state: StateFolder
  readonly #idPlace: InstallationPlace['idPlace']
  readonly #effects: InstallationPlace['effects']
  #held: Installation | undefined
  #ownMachine: string | undefined

  constructor({ state, idPlace, effects }: InstallationPlace) {
    this.#state = state
    this.#idPlace = idPlace
    this.#effects = effects
  }

  read(): Installation | undefined {
    return (this.#held ??= quietly(undefined, () => this.#readNow()))
  }

  of(machine: string): Installation | undefined {
    return machine === this.#here()
      ? this.read()
      : quietly(undefined, () => this.#othersOf(machine))
  }

  peek(): Installation | undefined {
    const all = parse(this.#state.read(identityFileName))
    const kept = this.#held ?? this.#ownOf(all)
    const own = this.#ownId()
    return kept && own !== undefined && !isAnothers(own, kept, all) ? { ...kept, id: own } : kept
  }

  renew(): void {
    const all = parse(this.#state.read(identityFileName))
    const kept = this.#ownOf(all)
    const next = this.#fresh()
    const others = all.filter((each) => each !== kept)
    const known = this.#ownId()
    this.#held = undefined
    const text = textOf([...others, next].slice(-machinesMax))
    if (!this.#state.write(identityFileName, text)) return
    if (known === undefined || !isAnothers(known, kept, all))
      this.#idPlace?.folder.write(this.#idPlace.name, next.id)
  }

  hasMadeFile(): boolean {
    const kept = this.#ownOf(parse(this.#state.read(identityFileName)))
    return kept !== undefined && kept.isFound !== true && this.#ownId() === kept.id
  }

  forget({ file }: { readonly file?: boolean }): void {
    this.#held = undefined
    if (file) this.#idPlace?.folder.remove(this.#idPlace.name)
  }

  /** In the product's own file. */
  #ownId(): string | undefined {
    return this.#idPlace && readId(this.#idPlace.folder.read(this.#idPlace.name))
  }

  #readNow(): Installation | undefined {
    // Before it is read: what is read then is at least as new, and a replacement by somebody else
    // is noticed.
    const stamp = this.#state.stampOf(identityFileName)
    const seen = this.#state.look(identityFileName)
    if (seen.is === 'absent') return this.#make()
    const all = parse(seen.is === 'text' ? seen.text : undefined)
    const kept = this.#ownOf(all)
    return kept === undefined ? this.#add(all, stamp) : this.#settled(kept, all)
  }

  /**
   * This machine's: homes are shared, and images copied. One that is bound to nothing is anybody's.
   */
  #ownOf(all: readonly Installation[]): Installation | undefined {
    return all.find(({ salt, bound, machine }) => {
      if (machine !== undefined && this.#here() !== '' && machine !== this.#here()) return false
      const place = bound === undefined ? undefined : this.#boundTo(salt)
      return place === undefined || place === bound
    })
  }

  #here(): string {
    return (this.#ownMachine ??= machineMark(this.#effects.files))
  }

  #fresh(): Installation {
    const salt = hex(this.#effects.randomBytes(32))
    const made = {
      id: randomUuid(this.#effects),
      salt,
      deletion: hex(this.#effects.randomBytes(32))
    }
    const bound = this.#boundTo(salt)
    return bound === undefined ? made : { ...made, bound }
  }

  #make(): Installation | undefined {
    if (
      this.#state.path === undefined ||
      this.#state.createOnce(identityFileName, textOf([this.#fresh()])) === 'failed'
    )
      return undefined
    const all = parse(this.#state.read(identityFileName))
    const kept = this.#ownOf(all)
    return kept && this.#settled(kept, all)
  }

  /**
   * For a machine that has none yet, or in place of what is damaged: whoever is first among its
   * processes says what it is, and the others take that. What other machines have stays theirs: in
   * a
   * home that they share, each finds its own again.
   */
  #add(others: readonly Installation[], stamp: string | undefined): Installation | undefined {
    const marker = `identity-${others.at(-1)?.deletion.slice(0, 8) ?? 'damaged'}.next`
    this.#state.createOnce(marker, textOf([this.#fresh()]))
    const next = parse(this.#state.read(marker))
    // Who comes late finds it there already, and must not put another one beside it.
    if (next.length > 0 && this.#state.stampOf(identityFileName) === stamp)
      this.#state.write(identityFileName, textOf([...others, ...next].slice(-machinesMax)))
    this.#state.remove(marker)
    const all = parse(this.#state.read(identityFileName))
    const kept = this.#ownOf(all)
    return kept && this.#settled(kept, all)
  }

  /**
   * Bound to its machine (the first one is made before there is a folder to bind it to), and with
   * the
   * id in the product's own file, which counts whoever wrote it there, and is made there if there
   * is
   * none. Whoever else tries writes the same.
   */
  #settled(kept: Installation, all: readonly Installation[]): Installation {
    const bound = kept.bound ?? this.#boundTo(kept.salt)
    const id = this.#idOf(kept, all)
    const whole: Installation = {
      ...kept,
      id,
      ...(id === kept.id ? {} : { isFound: true }),
      ...(bound === undefined ? {} : { bound }),
      ...(this.#here() === '' ? {} : { machine: this.#here() })
    }
    if (
      whole.bound !== kept.bound ||
      whole.id !== kept.id ||
      ('machine' in whole && whole.machine !== kept.machine)
    )
      this.#state.write(identityFileName, textOf(all.map((each) => (each === kept ? whole : each))))
    return whole
  }

  #idOf(kept: Installation, all: readonly Installation[]): string {
    if (this.#idPlace === undefined) return kept.id
    const { folder, name } = this.#idPlace
    const found = readId(folder.read(name))
    if (found !== undefined) return isAnothers(found, kept, all) ? kept.id : found
    if (folder.sizeOf(name) > 0) return kept.id
    folder.createOnce(name, kept.id)
    return readId(folder.read(name)) ?? kept.id
  }

  /**
   * A machine's id and the folder's own number, keyed by the salt: a copy on another machine, or
   * beside its original, differs.
   */
  #boundTo(salt: string): string | undefined {
    try {
      const machine = this.#effects.files.readFileSync('/etc/machine-id', 'utf8').trim()
      const folder = this.#effects.files.statSync(this.#state.path ?? '').ino
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
  #othersOf(machine: string): Installation | undefined {
    const found = parse(this.#state.read(identityFileName)).find((each) => each.machine === machine)
    if (found !== undefined) return found
    const salt = hex(this.#effects.randomBytes(32))
    const made = {
      id: randomUuid(this.#effects),
      salt,
      deletion: hex(this.#effects.randomBytes(32)),
      machine
    }
    const all = [...parse(this.#state.read(identityFileName)), made].slice(-machinesMax)
    return this.#state.write(identityFileName, textOf(all)) ? made : undefined
  }
}

/** The product's own file is one for all machines of a shared home. */
function isAnothers(
  found: string,
  kept: Installation | undefined,
  all: readonly Installation[]
): boolean {
  return all.some((each) => each.salt !== kept?.salt && each.id === found)
}

/** Tells the machines of one home apart, and nothing to anybody else; empty where nothing does. */
export function machineMark(files: Pick<Effects['files'], 'readFileSync'>): string {
  let mark = 7
  const text = quietly(undefined, () => files.readFileSync('/etc/machine-id', 'utf8').trim()) ?? ''
  if (text === '' || text === 'uninitialized') return ''
  for (const letter of text) mark = (mark * 31 + letter.charCodeAt(0)) % 2_147_483_647
  return mark.toString(36)
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
  const { id, salt, deletion, bound, machine, isFound } = (found ?? {}) as Partial<Installation>
  if (readId(id) === undefined || !digits.test(String(salt)) || !digits.test(String(deletion)))
    return undefined
  return {
    id: String(id),
    salt: String(salt),
    deletion: String(deletion),
    ...(digits.test(String(bound)) ? { bound: String(bound) } : {}),
    ...(/^[0-9a-z]{1,6}$/.test(String(machine)) ? { machine: String(machine) } : {}),
    ...(isFound === true ? { isFound } : {})
  }
}

/** 1 to 128 printable characters; anything else is no id. */
function readId(text: unknown): string | undefined {
  const id = typeof text === 'string' ? text.trim() : ''
  return /^[\x21-\x7e]{1,128}$/.test(id) ? id : undefined
}
