/** What is kept on the disk: plain files of this user's, in a folder of this user's. */

export const { env, pid, platform, geteuid } = process
export const getBuiltinModule: typeof process.getBuiltinModule = process.getBuiltinModule
/** A runtime that is too old for it loads this file and does nothing. */
export const files = getBuiltinModule?.('node:fs')

export const json = JSON.stringify

/** What a call gives, or this where it throws. */
export function quietly<Given>(call: () => Given): Given | undefined
export function quietly<Given, Otherwise>(
  call: () => Given,
  otherwise: Otherwise
): Given | Otherwise
export function quietly(call: () => unknown, otherwise?: unknown): unknown {
  try {
    return call()
  } catch {
    return otherwise
  }
}

export const isOwn = ({ uid }: { readonly uid: number }): boolean => !geteuid || uid === geteuid()

/** Where a product keeps its state; undefined where there is no such place, or a link is there. */
export function folderOf(product: string, named: string | undefined): string | undefined {
  const home = env['HOME'] ?? env['USERPROFILE']
  const root =
    platform === 'win32'
      ? env['LOCALAPPDATA']
      : platform === 'darwin'
        ? `${home}/Library/Application Support`
        : env['XDG_STATE_HOME']?.startsWith('/')
          ? env['XDG_STATE_HOME']
          : `${home}/.local/state`
  const path = `${named?.replace(/^~(?=\/)/, home ?? '~') ?? `${root}/${product}`}/telemetry`
  const found = quietly(() => files.lstatSync(path, { throwIfNoEntry: false }))
  return /^(?:\/|\w:|\\\\)/.test(path) && (!found || (found.isDirectory() && isOwn(found)))
    ? path
    : undefined
}

/** Whether anything lies there. Only a plain file of this user's may: no link, no pipe. */
function isThere(path: string): boolean {
  const found = files.lstatSync(path, { throwIfNoEntry: false })
  if (found && !(found.isFile() && isOwn(found) && found.size < 4e6)) throw path
  return found !== undefined
}

/** The text; undefined: it is not there; null: it cannot be read, and may hold a refusal. */
export const textAt = (path: string): string | undefined | null =>
  quietly(() => (isThere(path) ? files.readFileSync(path, 'utf8') : undefined), null)

/** The JSON object that lies there, or an empty one. */
export const objectAt = (path: string): Readonly<Record<string, unknown>> =>
  quietly(() => Object(JSON.parse(textAt(path) ?? '')) as Record<string, unknown>, {})

/**
 * A level at a time: Node's own recursion never ends where a system says of a folder that is there
 * that it is missing.
 */
function makeFolderOf(path: string): void {
  const folder = path.replace(/^\w:/.test(path) ? /[\\/][^\\/]*$/ : /\/[^/]*$/, '')
  if (!folder || folder === path || files.existsSync(folder)) return
  makeFolderOf(folder)
  quietly(() => files.mkdirSync(folder, { mode: 0o700 }))
}

/** All or nothing. `isNew`: only where nothing lies there. False: it was not written. */
export function write(path: string, text: string, isNew = false): boolean {
  const temporary = `${path}.${Math.random()}.tmp`
  const isWritten = quietly(() => {
    makeFolderOf(path)
    files.writeFileSync(temporary, text, { mode: 0o600, flag: 'wx' })
    files[isNew ? 'linkSync' : 'renameSync'](temporary, path)
    return true
  }, false)
  remove(temporary)
  return isWritten
}

/** Only this process writes to it: what was torn, because the disk is full, spoils one line. */
export const append = (path: string, text: string): boolean =>
  quietly(() => {
    makeFolderOf(path)
    isThere(path)
    const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW } = files.constants
    const file = files.openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600)
    try {
      files.appendFileSync(file, text)
    } finally {
      files.closeSync(file)
    }
    return true
  }, false)

export const remove = (path: string): void =>
  quietly(() => files.rmSync(path, { recursive: true, force: true }))

export const namesIn = (folder: string): readonly string[] =>
  quietly(
    () =>
      files
        .readdirSync(folder)
        .filter((name) => !name.endsWith('.tmp'))
        .sort(),
    []
  )
