/**
 * Where does a product keep what must survive a process, and how is it written so that neither a
 * crash nor another process spoils it?
 */
import type { Effects, FileStats } from '../effects.ts'
import { limits } from '../limits.ts'
import { isOwn, isPlain, openPlain, type OwnFiles } from './plain-file.ts'

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
  place: string | undefined,
  { files, randomBytes, system }: OwnFiles & Pick<Effects, 'randomBytes'>,
  { mayBeLink = false }: { readonly mayBeLink?: boolean } = {}
): StateFolder {
  const own: OwnFiles = { files, system }
  let isBroken = place === undefined
  let isFolder = mayBeLink

  const lookAt = (path: string): FileStats | undefined =>
    files.lstatSync(path, { throwIfNoEntry: false })

  /** A folder of this user's, or nothing yet. */
  function isOurs(path: string): boolean {
    const found = quietly(undefined, () => lookAt(path))
    return found === undefined || (found.isDirectory() && isOwn(found, own))
  }

  /** Undefined: nothing of ours is there, nor may be. */
  function pathOf(name: string): string | undefined {
    if (place === undefined || !plainName.test(name)) return undefined
    if (!isFolder) {
      if (!isOurs(place)) return undefined
      isFolder = quietly(false, () => lookAt(place) !== undefined)
    }
    const end = name.indexOf('/')
    return end > 0 && !isOurs(`${place}/${name.slice(0, end)}`) ? undefined : `${place}/${name}`
  }

  /**
   * Runs a write, and makes the folder for it if need be. After a refusal for good nothing can be
   * kept here.
   */
  function attempt<Result>(name: string, failed: Result, call: (path: string) => Result): Result {
    const path = pathOf(name)
    if (path === undefined) {
      // A link in the folder's place: nothing can be kept here.
      if (!isFolder) isBroken = true
      return failed
    }
    let makesFolder = false
    try {
      try {
        return call(path)
      } catch (error) {
        if (codeOf(error) !== 'ENOENT') throw error
        makesFolder = true
        files.mkdirSync(path.slice(0, path.lastIndexOf('/')), { recursive: true, mode: 0o700 })
        makesFolder = false
        return call(path)
      }
    } catch (error) {
      // That a file is gone only means that another process was faster; that its folder cannot be
      // made means that there is none.
      if (makesFolder || /^(?:EROFS|EACCES|EPERM|ENOTDIR)$/.test(codeOf(error))) isBroken = true
      return failed
    }
  }

  function quietly<Result>(otherwise: Result, call: () => Result): Result {
    try {
      return call()
    } catch {
      return otherwise
    }
  }

  const temporary = (path: string): string => `${path}.${hex(randomBytes(6))}.tmp`

  function written(path: string, text: string): string {
    const file = temporary(path)
    try {
      files.writeFileSync(file, text, { mode: 0o600, flag: 'wx' })
      return file
    } catch (error) {
      quietly(undefined, () => files.unlinkSync(file))
      throw error
    }
  }

  function look(name: string, bytesMax: number = limits.stateFileBytesMax): Look {
    const path = pathOf(name)
    // What is refused may hold a refusal.
    if (path === undefined)
      return { is: place === undefined || !plainName.test(name) ? 'absent' : 'unreadable' }
    try {
      // Asked first: an error that nobody looks at takes longer than all else here.
      const found = lookAt(path)
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
    quietly(undefined, () => lookAt(pathOf(name) ?? ''))

  return {
    get path() {
      return isBroken ? undefined : place
    },
    look,
    read(name, bytesMax) {
      const seen = look(name, bytesMax)
      return seen.is === 'text' ? seen.text : undefined
    },
    write: (name, text) =>
      attempt(name, false, (path) => {
        const file = written(path, text)
        try {
          // A folder in its place is nothing of ours, and no reason to forget a refusal.
          if (lookAt(path)?.isDirectory() === true) files.rmSync(path, { recursive: true })
          files.renameSync(file, path)
        } catch (error) {
          quietly(undefined, () => files.unlinkSync(file))
          throw error
        }
        isBroken = false
        return true
      }),
    overwrite: (name, text) =>
      attempt(name, false, (path) => {
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
      attempt<'made' | 'exists' | 'failed'>(name, 'failed', (path) => {
        if (lookAt(path) !== undefined) return 'exists'
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
      attempt(name, false, (path) => {
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
      const path = pathOf(name)
      if (path !== undefined)
        quietly(undefined, () => files.rmSync(path, { recursive: true, force: true }))
    },
    removeAll(except) {
      if (place === undefined || !isOurs(place)) return
      for (const name of quietly<string[]>([], () => files.readdirSync(place)))
        if (!except.includes(name))
          quietly(undefined, () =>
            files.rmSync(`${place}/${name}`, { recursive: true, force: true })
          )
    },
    list: (subfolder) =>
      quietly<string[]>([], () => {
        const path = subfolder === '' ? place : pathOf(`${subfolder}/x`)?.slice(0, -2)
        return path === undefined || (subfolder === '' && !isFolder && !isOurs(path))
          ? []
          : files.readdirSync(path).filter((name) => !name.endsWith('.tmp'))
      }).toSorted(),
    rename: (from, to) =>
      attempt(to, false, (path) => {
        const source = pathOf(from)
        // Asked first, because a missing source must not make the folder of the target.
        if (source === undefined || !isPlain(lookAt(source), own)) return false
        files.renameSync(source, path)
        return true
      }),
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

/**
 * No way out of the folder: names come from report ids too, and those from lines that somebody
 * imports.
 */
const plainName = /^(?!.*\.\.)(?!.*(?:^|\/)\.(?:\/|$))[\w.-]+(?:\/[\w.-]+)?$/

function isAbsolute(path: string): boolean {
  return /^(?:\/|[A-Za-z]:[\\/]|\\\\)/.test(path)
}

function codeOf(error: unknown): string {
  return String((error as { readonly code?: unknown } | null)?.code)
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
