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
}

export interface InstallationFile {
  /** Makes it if there is none. Undefined where nothing can be kept. */
  read(): Installation | undefined
  /** As it is, or undefined: makes nothing. */
  peek(): Installation | undefined
  renew(): void
  forget(options: { readonly file?: boolean }): void
}

const identityFileName = 'identity.json'

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
    const kept = parse(seen.is === 'text' ? seen.text : undefined)
    if (kept === undefined) return replace(kept, stamp)
    const bound = boundTo(kept.salt)
    return kept.bound !== undefined && bound !== undefined && kept.bound !== bound
      ? replace(kept, stamp)
      : withOwnId(bindOnce(kept))
  }

  function fresh(): Installation {
    const salt = hex(effects.randomBytes(32))
    const made = { id: randomUuid(effects), salt, deletion: hex(effects.randomBytes(32)) }
    const bound = boundTo(salt)
    return bound === undefined ? made : { ...made, bound }
  }

  function make(): Installation | undefined {
    if (
      state.path === undefined ||
      state.createOnce(identityFileName, textOf(fresh())) === 'failed'
    )
      return undefined
    const kept = parse(state.read(identityFileName))
    return kept && withOwnId(bindOnce(kept))
  }

  /** The first one is made before there is a folder to bind it to. */
  function bindOnce(kept: Installation): Installation {
    const bound = kept.bound ?? boundTo(kept.salt)
    if (bound === undefined || bound === kept.bound) return kept
    const whole = { ...kept, bound }
    // Whoever else tries writes the same.
    state.write(identityFileName, textOf(whole))
    return whole
  }

  /**
   * Of a copy, or of what is damaged: whoever is first among its processes says what the new one
   * is, and the others take that.
   */
  function replace(
    old: Installation | undefined,
    stamp: string | undefined
  ): Installation | undefined {
    const marker = `identity-${old?.deletion.slice(0, 8) ?? 'damaged'}.next`
    state.createOnce(marker, textOf(fresh()))
    const next = parse(state.read(marker))
    // Who comes late finds it replaced already, and must not replace it again.
    if (next !== undefined && state.stampOf(identityFileName) === stamp) {
      state.write(identityFileName, textOf(next))
      if (old !== undefined) idPlace?.folder.write(idPlace.name, next.id)
    }
    state.remove(marker)
    const kept = parse(state.read(identityFileName))
    return kept === undefined || kept.salt === old?.salt ? undefined : withOwnId(kept)
  }

  /**
   * The id in the product's own file counts, whoever wrote it there; it is made there if there is
   * none.
   */
  function withOwnId(kept: Installation): Installation {
    if (idPlace === undefined) return kept
    const { folder, name } = idPlace
    const found = readId(folder.read(name))
    if (found !== undefined) return { ...kept, id: found }
    if (folder.sizeOf(name) > 0) return kept
    folder.createOnce(name, kept.id)
    return { ...kept, id: readId(folder.read(name)) ?? kept.id }
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

  return {
    read: () => (held ??= quietly(read)),
    peek() {
      const kept = held ?? parse(state.read(identityFileName))
      const own = idPlace && readId(idPlace.folder.read(idPlace.name))
      return kept && own !== undefined ? { ...kept, id: own } : kept
    },
    renew() {
      held = fresh()
      if (state.write(identityFileName, textOf(held))) idPlace?.folder.write(idPlace.name, held.id)
      held = undefined
    },
    forget({ file }) {
      held = undefined
      if (file && idPlace !== undefined) idPlace.folder.remove(idPlace.name)
    }
  }
}

function quietly<Result>(call: () => Result): Result | undefined {
  try {
    return call()
  } catch {
    return undefined
  }
}

function textOf(installation: Installation): string {
  return `${JSON.stringify(installation)}\n`
}

const digits = /^[0-9a-f]{64}$/

function parse(text: string | undefined): Installation | undefined {
  try {
    const found = JSON.parse(text ?? '') as Partial<Installation> | null
    const { id, salt, deletion, bound } = found ?? {}
    if (readId(id) === undefined || !digits.test(String(salt)) || !digits.test(String(deletion)))
      return undefined
    return {
      id: String(id),
      salt: String(salt),
      deletion: String(deletion),
      ...(digits.test(String(bound)) ? { bound: String(bound) } : {})
    }
  } catch {
    return undefined
  }
}

/** 1 to 128 printable characters; anything else is no id. */
function readId(text: unknown): string | undefined {
  const id = typeof text === 'string' ? text.trim() : ''
  return /^[\x21-\x7e]{1,128}$/.test(id) ? id : undefined
}
