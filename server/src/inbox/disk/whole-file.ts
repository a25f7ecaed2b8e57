/**
 * Can the inbox's file still be read through? LMDB ends its whole process on a page that is other
 * than it was written, so that a process of its own looks.
 */
import { fork } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Ten gigabytes on a slow disk; whoever takes longer is not called damaged for that. */
const lookMsMax = 120_000

/** Only after an end that was none: a gigabyte takes half a second. */
export function isFileWhole(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const child = fork(childModule(), [path], {
      // What LMDB prints as it ends says nothing to an operator.
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      execArgv: [],
      env: {},
      timeout: lookMsMax,
      killSignal: 'SIGTERM'
    })
    child.once('error', () => resolve(true))
    child.once('exit', (code, signal) => resolve(code === 0 || signal === 'SIGTERM'))
  })
}

function childModule(): string {
  const compiled = fileURLToPath(new URL('./whole-file-child.js', import.meta.url))
  // From sources, as tests run: Node 20 reads no TypeScript, so the child of the last build stands
  // in.
  return existsSync(compiled)
    ? compiled
    : fileURLToPath(new URL('../../../dist/inbox/disk/whole-file-child.js', import.meta.url))
}
