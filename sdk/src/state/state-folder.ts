/**
 * Where does a product keep what must survive a process, and how is it written so that neither a
 * crash nor another process spoils it?
 */
import type { Effects, FileStats } from '../effects.ts'
import { limits } from '../limits.ts'
import { quietly } from '../quietly.ts'
import { codeOf, OwnPlace } from './own-place.ts'
import { isPlain, openPlain, type OwnFiles } from './plain-file.ts'

/**
 * A folder of a few small files, 0700 with 0600 inside, made at the first write. Names are plain or
 * one level deep
 * (`outbox/<id>.json`). Nothing here throws: what cannot be done is said by the answer.
 */
export interface StateFolder {
  /** Undefined where nothing can be kept: no home, a read-only disk. */
  readonly path: string | undefined
  /** Undefined if it is not there, no regular file, not readable, or larger than `bytesMax`. */
  read(name: string, bytesMax?: number): string | undefined
  /**
   * As `read`, but tells what is not there from what is there and cannot be read: a refusal may
   * stand in it.
   */
  look(name: string, bytesMax?: number): Look
  /** All or nothing: a temporary file, renamed. */
  write(name: string, text: string): boolean
  /**
   * In place, where nothing else fits any more. What is left of the file if this fails is not
   * readable, and that is its use.
   */
  overwrite(name: string, text: string): boolean
  /**
   * Of several processes that try at once exactly one made it; the others read what that one wrote.
   */
  createOnce(name: string, text: string): 'made' | 'exists' | 'failed'
  /**
   * One write call on a file opened for appending, so that lines of several processes never mix.
   */
  append(name: string, text: string): boolean
  remove(name: string): void
  /** Everything in the folder but these. */
  removeAll(except: readonly string[]): void
  /**
   * Names in a subfolder, or with '' in the folder itself, sorted; without what is being written.
   */
  list(subfolder: string): readonly string[]
  rename(from: string, to: string): boolean
  /** Bytes; 0 if it is not there. */
  sizeOf(name: string): number
  /** Changes whenever the file does; undefined if it is not there. */
  stampOf(name: string): string | undefined
}

/** The folder, and what of the world its user needs beside it. */
export interface StateAccess<Names extends keyof Effects> {
  readonly state: StateFolder
  readonly effects: Pick<Effects, Names>
}

export type Look =
  | { readonly is: 'text'; readonly text: string }
  | { readonly is: 'absent' }
  | { readonly is: 'unreadable' }

export interface StatePlace {
  readonly product: string
  /** The product's own folder; `~` is the user's home. */
  readonly folder?: string | undefined
  readonly effects: Pick<Effects, 'files' | 'system' | 'variables' | 'randomBytes'>
}

/** `$XDG_STATE_HOME/<product>/telemetry` and its like on other systems, or `<folder>/telemetry`. */
export function openStateFolder(place: StatePlace): StateFolder {
  const base = baseFolder(place)
  return folderAt(base && `${base}/telemetry`, place.effects)
}

/** What holds the state folder and, relative to it, a product's own id file. */
export function baseFolder({ product, folder, effects }: StatePlace): string | undefined {
  const { system, variables } = effects
  // A home that is no absolute path (`~`, `.`) would be a folder wherever the program runs.
  const told = system.home() ?? ''
  const home = isAbsolute(told) ? told : undefined
  if (folder !== undefined) {
    const path = folder.replace(/^~(?=$|[/\\])/, home ?? '~')
    if (isAbsolute(path)) return path
    const working = system.workingFolder()
    return path.startsWith('~') || working === undefined ? undefined : `${working}/${path}`
  }
  // A variable that is no absolute path is to be ignored, says the XDG specification.
  const absolute = (name: string): string | undefined =>
    isAbsolute(variables[name] ?? '') ? variables[name] : undefined
  const below = (path: string): string | undefined => home && `${home}/${path}`
  const root =
    system.platform === 'win32'
      ? (absolute('LOCALAPPDATA') ?? below('AppData/Local'))
      : system.platform === 'darwin'
        ? below('Library/Application Support')
        : (absolute('XDG_STATE_HOME') ?? below('.local/state'))
  return root && `${root}/${product.replaceAll(/[^\w.-]|^\.+/g, '_')}`
}

/**
 * A state folder at this very path. What lies there instead of it, or in it, and is a link or
 * another user's, is neither read nor written. `mayBeLink`: a product's own folder, which may lie
 * elsewhere, as people who keep their settings in one place have it.
 */
export function folderAt(
  path: string | undefined,
  effects: OwnFiles & Pick<Effects, 'randomBytes'>,
  { mayBeLink = false }: { readonly mayBeLink?: boolean } = {}
): StateFolder {
  const place = new OwnPlace({ path, mayBeLink, own: effects })
  return {
    get path() {
      return place.isBroken ? undefined : path
    },
    ...readsIn(place, effects),
    ...writesIn(place, effects)
  }
}

type Reads = Pick<StateFolder, 'look' | 'read' | 'list' | 'sizeOf' | 'stampOf'>

function readsIn(place: OwnPlace, own: OwnFiles): Reads {
  const { files } = own
  const look: StateFolder['look'] = (name, bytesMax = limits.stateFileBytesMax) => {
    const path = place.pathOf(name)
    // What is refused may hold a refusal.
    if (path === undefined) return { is: place.mayHold(name) ? 'unreadable' : 'absent' }
    try {
      // Asked first: an error that nobody looks at takes longer than all else here.
      const found = place.lookAt(path)
      if (found === undefined) return { is: 'absent' }
      if (!isPlain(found, own) || found.size > bytesMax) return { is: 'unreadable' }
      const file = openPlain(path, 'read', own)
      try {
        return { is: 'text', text: files.readFileSync(file, 'utf8') }
      } finally {
        files.closeSync(file)
      }
    } catch (error) {
      return { is: /^(ENOENT|ENOTDIR)$/.test(codeOf(error)) ? 'absent' : 'unreadable' }
    }
  }
  const stat = (name: string): FileStats | undefined =>
    quietly(undefined, () => place.lookAt(place.pathOf(name) ?? ''))
  return {
    look,
    read(name, bytesMax) {
      const seen = look(name, bytesMax)
      return seen.is === 'text' ? seen.text : undefined
    },
    list: (subfolder) =>
      quietly<string[]>([], () => {
        const path = place.folderOf(subfolder)
        return path === undefined
          ? []
          : files.readdirSync(path).filter((name) => !name.endsWith('.tmp'))
      }).toSorted(),
    sizeOf(name) {
      const found = stat(name)
      return isPlain(found, own) ? found.size : 0
    },
    stampOf(name) {
      const found = stat(name)
      return found && `${found.ino} ${found.size} ${found.mtimeMs}`
    }
  }
}

function writesIn(
  place: OwnPlace,
  { files, randomBytes, system }: OwnFiles & Pick<Effects, 'randomBytes'>
): Omit<StateFolder, keyof Reads | 'path'> {
  const own: OwnFiles = { files, system }

  function written(path: string, text: string): string {
    const file = `${path}.${hex(randomBytes(6))}.tmp`
    try {
      files.writeFileSync(file, text, { mode: 0o600, flag: 'wx' })
      return file
    } catch (error) {
      quietly(undefined, () => files.unlinkSync(file))
      throw error
    }
  }

  return {
    write: (name, text) =>
      place.attempt(name, false, (path) => {
        const file = written(path, text)
        try {
          // A folder in its place is nothing of ours, and no reason to forget a refusal.
          if (place.lookAt(path)?.isDirectory() === true) files.rmSync(path, { recursive: true })
          files.renameSync(file, path)
        } catch (error) {
          quietly(undefined, () => files.unlinkSync(file))
          throw error
        }
        place.isBroken = false
        return true
      }),
    overwrite: (name, text) =>
      place.attempt(name, false, (path) => {
        const file = openPlain(path, 'overwrite', own)
        try {
          files.ftruncateSync(file, 0)
          files.writeFileSync(file, text)
        } finally {
          files.closeSync(file)
        }
        return true
      }),
    createOnce: (name, text) =>
      place.attempt<'made' | 'exists' | 'failed'>(name, 'failed', (path) => {
        if (place.lookAt(path) !== undefined) return 'exists'
        const file = written(path, text)
        try {
          files.linkSync(file, path)
          return 'made'
        } catch (error) {
          if (codeOf(error) === 'EEXIST') return 'exists'
          // A file system without hard links: only the moment between making and filling is visible
          // to others there.
          return quietly<'made' | 'exists'>('exists', () => {
            files.writeFileSync(path, text, { mode: 0o600, flag: 'wx' })
            return 'made'
          })
        } finally {
          quietly(undefined, () => files.unlinkSync(file))
        }
      }),
    append: (name, text) =>
      place.attempt(name, false, (path) => {
        const file = openPlain(path, 'append', own)
        try {
          const bytes = Buffer.from(text)
          if (files.writeSync(file, bytes) === bytes.length) return true
          // The disk is full: end the torn line, so that it spoils no other.
          quietly(0, () => files.writeSync(file, '\n'))
          return false
        } finally {
          files.closeSync(file)
        }
      }),
    remove(name) {
      const path = place.pathOf(name)
      if (path !== undefined)
        quietly(undefined, () => files.rmSync(path, { recursive: true, force: true }))
    },
    removeAll(except) {
      const path = place.folderNow()
      if (path === undefined) return
      for (const name of quietly<string[]>([], () => files.readdirSync(path)))
        if (!except.includes(name))
          quietly(undefined, () =>
            files.rmSync(`${path}/${name}`, { recursive: true, force: true })
          )
    },
    rename: (from, to) =>
      place.attempt(to, false, (path) => {
        const source = place.pathOf(from)
        // Asked first, because a missing source must not make the folder of the target.
        if (source === undefined || !isPlain(place.lookAt(source), own)) return false
        files.renameSync(source, path)
        return true
      })
  }
}

function isAbsolute(path: string): boolean {
  return /^(?:\/|[A-Za-z]:[\\/]|\\\\)/.test(path)
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
