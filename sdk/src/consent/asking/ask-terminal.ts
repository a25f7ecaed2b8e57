/** What does the person at the terminal answer? It gives one line, or nothing within a minute. */
import type { Effects } from '../../effects.ts'

/** A question that nobody answers must not hold its program for longer. */
const answerMsMax = 60_000
const lookMs = 50
const answerBytesMax = 256
/**
 * Read, without waiting inside of the call: a wait of the system's has no end that we could set.
 */
const nonBlocking = 0o4000

type World = Pick<Effects, 'elapsed' | 'files' | 'system'>

/**
 * Whether this process may read the terminal: one in the background would be stopped for it. Where
 * nothing tells, it may not.
 */
export function mayAskTerminal({ files, system }: Pick<World, 'files' | 'system'>): boolean {
  if (system.platform === 'win32') return true
  try {
    // After the command's name, which may hold anything: state, parent, group, session, terminal,
    // its group.
    const text = files.readFileSync('/proc/self/stat', 'utf8')
    const [, , group, , , ofTerminal] = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return group !== undefined && group === ofTerminal
  } catch {
    return false
  }
}

/**
 * From the terminal itself, so that what is piped into the program stays the program's. Undefined:
 * there is no terminal to ask, or nobody answered.
 */
export function readAnswer({ elapsed, files, system }: World): string | undefined {
  const isWindows = system.platform === 'win32'
  let terminal: number
  try {
    terminal = isWindows
      ? files.openSync('\\\\.\\CONIN$', 'r')
      : files.openSync('/dev/tty', nonBlocking)
  } catch {
    return undefined
  }
  const bytes = Buffer.alloc(answerBytesMax)
  const until = elapsed() + answerMsMax
  let length = 0
  try {
    while (elapsed() < until && length < answerBytesMax) {
      const count = readSome(files, terminal, bytes, length)
      // The end of the input: nobody is there.
      if (count === 0) return undefined
      if (count > 0) length += count
      const text = bytes.toString('utf8', 0, length)
      if (text.includes('\n') || text.includes('\r')) return text.trim()
      if (count < 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, lookMs)
    }
    return undefined
  } catch {
    return undefined
  } finally {
    files.closeSync(terminal)
  }
}

/** Below 0: nothing was typed yet. */
function readSome(files: World['files'], terminal: number, bytes: Buffer, from: number): number {
  try {
    return files.readSync(terminal, bytes, from, bytes.length - from, null)
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === 'EAGAIN') return -1
    throw error
  }
}
