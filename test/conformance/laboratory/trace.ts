/**
 * What a program did to the network and to files, read from the files that `strace -ff -y` wrote,
 * one a thread.
 */

export interface Trace {
  /**
   * `127.0.0.1:80`, `[::1]:80`, `unix:/run/nscd/socket`: what was connected or sent to, or tried to
   * be.
   */
  readonly contacts: readonly string[]
  /**
   * Address families of sockets that were opened, but for unix ones, which say more as a contact:
   * `AF_INET`, `AF_NETLINK`.
   */
  readonly sockets: readonly string[]
  /**
   * Files and folders that were created, opened for writing, renamed to or altered. Devices and
   * /proc are left out.
   */
  readonly written: readonly string[]
  readonly removed: readonly string[]
  /** Programs that were started, the first included. */
  readonly programs: readonly string[]
  /**
   * What its children were started with, word by word: a process that is not the program itself.
   */
  readonly children: readonly (readonly string[])[]
  /**
   * A ring that takes reads and writes past the tracer (io_uring) was opened: the trace alone
   * proves nothing then.
   */
  readonly isOpaque: boolean
}

/** Of `-e trace=`: calls that name a file, that make or end processes, and all of the network. */
export const tracedCalls = '%network,%file,%process,io_uring_setup,fchdir,fchmod,fchown,ftruncate'

interface Call {
  readonly name: string
  readonly args: string
  /** What stands after ` = `; undefined where the thread ended within the call. */
  readonly result: string | undefined
}

const opening = new Set(['open', 'openat', 'openat2', 'creat'])
const altering = new Set(
  (
    'mkdir mkdirat mknod mknodat symlink symlinkat link linkat truncate chmod fchmodat ' +
    'fchmodat2 chown lchown fchownat utime utimes utimensat futimesat setxattr lsetxattr'
  ).split(' ')
)
const renaming = new Set(['rename', 'renameat', 'renameat2'])
const removing = new Set(['unlink', 'unlinkat', 'rmdir'])
const byDescriptor = new Set(['ftruncate', 'fchmod', 'fchown'])

/**
 * Never throws: a line that is not understood is as good as absent. `folder` is what relative paths
 * of old calls are taken from.
 */
export function readTrace(texts: readonly string[], folder: string): Trace {
  const found = {
    contacts: new Set<string>(),
    sockets: new Set<string>(),
    written: new Set<string>(),
    removed: new Set<string>(),
    programs: new Set<string>(),
    moved: new Set<string>()
  }
  let isOpaque = false
  for (const { call, here } of texts.flatMap((text) => callsOf(text, folder))) {
    const { name, args, result } = call
    const succeeded = result !== undefined && /^\d/.test(result)
    if (name === 'io_uring_setup') isOpaque ||= succeeded
    else if (name === 'socket') {
      const family = /^(AF_\w+)/.exec(args)?.[1]
      if (succeeded && family !== undefined && family !== 'AF_UNIX') found.sockets.add(family)
    } else if (name === 'connect' || name.startsWith('send')) {
      for (const address of addressesOf(args))
        if (succeeded || !isNameCache(address)) found.contacts.add(address)
    } else if (name === 'bind') {
      if (succeeded)
        for (const address of addressesOf(args))
          if (address.startsWith('unix:/')) found.written.add(address.slice(5))
    } else if (!succeeded) continue
    else if (opening.has(name)) {
      if (name === 'creat' || /\bO_(WRONLY|RDWR|CREAT|TRUNC|APPEND)\b/.test(withoutTexts(args)))
        add(found.written, describedPath(result) ?? pathsOf(args, here)[0])
    } else if (renaming.has(name)) {
      const [from, to] = pathsOf(args, here)
      add(found.moved, from)
      add(found.removed, from)
      add(found.written, to)
    } else if (altering.has(name)) {
      // Of a link both the old and the new name are told; only the new one is made.
      const paths = pathsOf(args, here)
      add(found.written, paths.at(name.includes('link') ? -1 : 0))
      if (name.startsWith('link')) add(found.moved, paths[0])
    } else if (removing.has(name)) add(found.removed, pathsOf(args, here)[0])
    else if (byDescriptor.has(name)) add(found.written, describedPath(args))
    else if (name === 'execve' || name === 'execveat') add(found.programs, pathsOf(args, here)[0])
  }
  const { contacts, sockets, written, removed, programs, moved } = found
  return {
    contacts: [...contacts],
    sockets: [...sockets],
    // A file that is written whole under another name, and then gets its own, is one file: the one
    // that stays.
    written: [...written].filter((path) => isFile(path) && !(moved.has(path) && removed.has(path))),
    removed: [...removed].filter(isFile),
    programs: [...programs],
    children: texts.slice(1).flatMap((text) => startedIn(text, folder)),
    isOpaque
  }
}

function add(set: Set<string>, path: string | undefined): void {
  if (path !== undefined) set.add(path)
}

/**
 * The C library tries its cache before each look-up of a user too, and mostly in vain; a look-up of
 * a name shows elsewhere.
 */
function isNameCache(address: string): boolean {
  return address.startsWith('unix:') && address.endsWith('/nscd/socket')
}

function isFile(path: string): boolean {
  return !/^\/(dev|proc|sys)\/|^(pipe|socket|anon_inode):/.test(path)
}

/** A thread that runs another program was made for it. */
function startedIn(text: string, folder: string): readonly (readonly string[])[] {
  return callsOf(text, folder).flatMap(({ call: { name, args, result } }) => {
    if (!/^execve(?:at)?$/.test(name) || result !== '0') return []
    const list = /\[(.*?)\](?:\.\.\.)?, /s.exec(args)?.[1] ?? ''
    return [[...list.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, word = '']) => unescape(word))]
  })
}

/**
 * Each call, and the folder that its thread stands in; a thread begins where the program did, for
 * all that is known of it.
 */
function callsOf(text: string, folder: string): { call: Call; here: string }[] {
  let here = folder
  return text.split('\n').flatMap((line) => {
    const call = readCall(line)
    if (call === undefined) return []
    const found = { call, here }
    if (call.result === '0' && call.name === 'chdir') here = pathsOf(call.args, here)[0] ?? here
    if (call.result === '0' && call.name === 'fchdir') here = describedPath(call.args) ?? here
    return [found]
  })
}

function readCall(line: string): Call | undefined {
  const head = /^(?:\[pid +\d+\] |\d+ +)?(?:\d[\d:.]* +)?([a-z_]\w*)\(/.exec(line)
  if (head === null) return undefined
  const rest = line.slice(head[0].length)
  const end = rest.lastIndexOf(') ')
  const result = end < 0 ? null : /^\) += (.*)$/.exec(rest.slice(end))
  // The result may hold `) ` itself: `= -1 ENOENT (No such file)` does not, but a path in `= 3</a
  // (b) c>` may.
  const split = result === null ? /^(.*?)\) += (-?\d.*|\?.*)$/.exec(rest) : undefined
  if (split != null) return { name: head[1] ?? '', args: split[1] ?? '', result: split[2] }
  if (result !== null) return { name: head[1] ?? '', args: rest.slice(0, end), result: result[1] }
  return { name: head[1] ?? '', args: rest, result: undefined }
}

/** A quote within a text that was sent is escaped, so that a text cannot pass for an address. */
function addressesOf(args: string): string[] {
  const found: string[] = []
  for (const [, port, address] of args.matchAll(
    /sin_port=htons\((\d+)\), sin_addr=inet_addr\("([\d.]+)"\)/g
  ))
    found.push(`${address}:${port}`)
  for (const [, port, address] of args.matchAll(
    /sin6_port=htons\((\d+)\),.*?inet_pton\(AF_INET6, "([\da-f:.]+)"/g
  ))
    found.push(`[${address}]:${port}`)
  for (const [, abstract, path = ''] of args.matchAll(/sun_path=(@?)"((?:[^"\\]|\\.)*)"/g))
    found.push(`unix:${abstract}${unescape(path)}`)
  return found
}

/**
 * The texts of a call that name files, each made absolute by the folder that stands before it:
 * `AT_FDCWD</tmp>, "a"`.
 */
function pathsOf(args: string, folder: string): string[] {
  const found: string[] = []
  for (const [, base, text = ''] of args.matchAll(
    /(?:(?:AT_FDCWD|\d+)<((?:[^<>\\]|\\.)*)>, )?"((?:[^"\\]|\\.)*)"/g
  )) {
    const path = unescape(text)
    found.push(
      path.startsWith('/') ? path : `${base === undefined ? folder : unescape(base)}/${path}`
    )
  }
  return found
}

/** The path of a descriptor, as `-y` prints it: `3</tmp/a>`. */
function describedPath(text: string): string | undefined {
  const path = /^\d+<((?:[^<>\\]|\\.)*)>/.exec(text)?.[1]
  return path === undefined ? undefined : unescape(path.replace(/\(deleted\)$/, ''))
}

function withoutTexts(args: string): string {
  return args.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""')
}

const escapes: Readonly<Record<string, number>> = {
  n: 10,
  t: 9,
  r: 13,
  v: 11,
  f: 12,
  '"': 34,
  '\\': 92
}

/**
 * What strace escapes as C does; bytes that are no UTF-8 become replacement characters, which no
 * allowed path has.
 */
function unescape(text: string): string {
  const bytes: number[] = []
  for (const match of text.matchAll(/\\([0-7]{1,3})|\\x([\da-f]{2})|\\(.)|([^\\]+)/gsu)) {
    const [, octal, hex, letter, plain] = match
    if (octal !== undefined) bytes.push(Number.parseInt(octal, 8) & 0xff)
    else if (hex !== undefined) bytes.push(Number.parseInt(hex, 16))
    else if (letter !== undefined)
      bytes.push(...(letter in escapes ? [escapes[letter] ?? 0] : Buffer.from(letter)))
    else bytes.push(...Buffer.from(plain ?? ''))
  }
  return Buffer.from(bytes).toString()
}
