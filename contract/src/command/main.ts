/**
 * Starts `candor-contract`: reads the process's own world once, and turns what went wrong into one
 * clear message.
 */
import { readFileSync } from 'node:fs'
import * as files from 'node:fs/promises'
import { isCommandError } from './command-error.ts'
import { printable } from './printing/printable.ts'
import { createProgram } from './program.ts'

const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort())
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    // `candor-contract explain … | head -1`: whoever reads has seen enough.
    process.exit()
  })
}

const manifest = new URL('../../package.json', import.meta.url)
const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly version: string }
const program = createProgram({
  version,
  effects: { clock: { now: () => Date.now() }, files },
  network: { fetch: globalThis.fetch },
  folder: process.cwd(),
  out: (text) => process.stdout.write(text),
  error: (text) => process.stderr.write(text),
  readInput,
  signal: stopping.signal
})

try {
  if (process.argv.length === 2) program.outputHelp()
  else await program.parseAsync(process.argv)
} catch (error) {
  if (isCommandError(error)) {
    process.stderr.write(printable(`candor-contract: ${error.code}\n${error.message}\n`))
    process.exitCode = 1
  } else if (stopping.signal.aborted) {
    // 128 and the number of SIGINT, as shells count: it was asked to stop before it was done.
    process.exitCode = 130
  } else throw error
}

async function readInput(): Promise<string> {
  let text = ''
  for await (const chunk of process.stdin.setEncoding('utf8')) text += String(chunk)
  return text
}
