/** What is kept on the disk: plain files of this user's, in a folder of this user's. */

export const env = process.env
export const pid = process.pid
export const platform = process.platform
export const geteuid = process.geteuid
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

/** Without following a link, or waiting for a pipe. */
function withFile<Given>(path: string, flags: number, use: (file: number) => Given): Given {
  const { O_NOFOLLOW = 0, O_NONBLOCK = 0 } = files.constants
  const file = files.openSync(path, flags | O_NOFOLLOW | O_NONBLOCK, 0o600)
  try {
    const found = files.fstatSync(file)
    if (!found.isFile() || !isOwn(found) || found.size > 4e6) throw path
    return use(file)
  } finally {
    files.closeSync(file)
  }
}

/** The text; undefined: it is not there; null: it cannot be read, and may hold a refusal. */
export const textAt = (path: string): string | undefined | null =>
  quietly(
    () =>
      files.lstatSync(path, { throwIfNoEntry: false }) &&
      withFile(path, 0, (file) => files.readFileSync(file, 'utf8')),
    null
  )

/** The JSON object that lies there, or an empty one. */
export const objectAt = (path: string): Readonly<Record<string, unknown>> =>
  quietly(() => Object(JSON.parse(textAt(path) ?? '')) as Record<string, unknown>, {})

const makeFolderOf = (path: string): void =>
  void files.mkdirSync(path.replace(/\/[^/]*$/, ''), { recursive: true, mode: 0o700 })

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

/** One call to the system, so that lines of several processes never mix. */
export const append = (path: string, text: string): boolean =>
  quietly(() => {
    makeFolderOf(path)
    const { O_WRONLY, O_APPEND, O_CREAT } = files.constants
    const bytes = Buffer.from(text)
    return withFile(
      path,
      O_WRONLY | O_APPEND | O_CREAT,
      (file) => files.writeSync(file, bytes) === bytes.length
    )
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
