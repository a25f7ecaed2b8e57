/** Where is what a product keeps, and may it be touched there? Only where no link leads elsewhere. */
import type { FileStats } from '../effects.ts'
import { isOwn, type OwnFiles } from './plain-file.ts'
import { quietly } from '../quietly.ts'

/**
 * No way out of the folder: names come from report ids too, and those from lines that somebody
 * imports.
 */
const plainName = /^(?!.*\.\.)(?!.*(?:^|\/)\.(?:\/|$))[\w.-]+(?:\/[\w.-]+)?$/

export class OwnPlace {
  /** Nothing can be kept here. */
  isBroken: boolean
  readonly #path: string | undefined
  readonly #own: OwnFiles
  /** Seen to be a folder of this user's, or allowed to be another. */
  #isFolder: boolean

  constructor({
    path,
    mayBeLink,
    own
  }: {
    readonly path: string | undefined
    readonly mayBeLink: boolean
    readonly own: OwnFiles
  }) {
    this.#path = path
    this.#own = own
    this.isBroken = path === undefined
    this.#isFolder = mayBeLink
  }

  lookAt(path: string): FileStats | undefined {
    return this.#own.files.lstatSync(path, { throwIfNoEntry: false })
  }

  mayHold(name: string): boolean {
    return this.#path !== undefined && plainName.test(name)
  }

  /** Undefined: nothing of ours is there, nor may be. */
  pathOf(name: string): string | undefined {
    const place = this.#path
    if (place === undefined || !plainName.test(name)) return undefined
    if (!this.#isFolder) {
      if (!this.#isOurs(place)) return undefined
      this.#isFolder = quietly(false, () => this.lookAt(place) !== undefined)
    }
    const end = name.indexOf('/')
    const isElsewhere = end > 0 && !this.#isOurs(`${place}/${name.slice(0, end)}`)
    return isElsewhere ? undefined : `${place}/${name}`
  }

  /** A folder in it, or with '' itself. */
  folderOf(subfolder: string): string | undefined {
    if (subfolder !== '') return this.pathOf(`${subfolder}/x`)?.slice(0, -2)
    return this.#isFolder ? this.#path : this.folderNow()
  }

  /** Itself, looked at anew: before everything in it is removed, nobody may have swapped it. */
  folderNow(): string | undefined {
    const place = this.#path
    return place !== undefined && this.#isOurs(place) ? place : undefined
  }

  /**
   * Runs a write, and makes the folder for it if need be. After a refusal for good nothing can be
   * kept here.
   */
  attempt<Result>(name: string, failed: Result, call: (path: string) => Result): Result {
    const path = this.pathOf(name)
    if (path === undefined) {
      // A link in the folder's place: nothing can be kept here.
      if (!this.#isFolder) this.isBroken = true
      return failed
    }
    let makesFolder = false
    try {
      try {
        return call(path)
      } catch (error) {
        if (codeOf(error) !== 'ENOENT') throw error
        makesFolder = true
        const folder = path.slice(0, path.lastIndexOf('/'))
        makeFolder(folder, this.#own)
        makesFolder = false
        return call(path)
      }
    } catch (error) {
      // That a file is gone only means that another process was faster; that its folder cannot be
      // made means that there is none.
      if (makesFolder || /^(?:EROFS|EACCES|EPERM|ENOTDIR)$/.test(codeOf(error)))
        this.isBroken = true
      return failed
    }
  }

  /** A folder of this user's, or nothing yet. */
  #isOurs(path: string): boolean {
    const found = quietly(undefined, () => this.lookAt(path))
    return found === undefined || (found.isDirectory() && isOwn(found, this.#own))
  }
}

/**
 * A level at a time: Node's own recursion never ends where a system says of a folder that is there
 * that it is missing.
 */
function makeFolder(folder: string, own: OwnFiles): void {
  if (isMade(folder, own)) return
  const above = folder.replace(/^\w:/.test(folder) ? /[\\/][^\\/]*$/ : /\/[^/]*$/, '')
  if (above !== '' && above !== folder) makeFolder(above, own)
  if (!isMade(folder, own)) throw Object.assign(new Error(`no ${folder}`), { code: 'ENOENT' })
}

/** Also by another process at the same time. */
function isMade(folder: string, { files }: OwnFiles): boolean {
  try {
    files.mkdirSync(folder, { mode: 0o700 })
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return true
    if (codeOf(error) === 'ENOENT') return false
    throw error
  }
}

export function codeOf(error: unknown): string {
  return String((error as { readonly code?: unknown } | null)?.code)
}
