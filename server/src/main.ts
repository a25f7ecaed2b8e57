/**
 * Starts the command line: reads the process's own world once, and turns what went wrong into one
 * clear message.
 */
import { isCommandError, printable } from '@candor/contract/printing'
import { createProgram } from './cli/program.ts'
import { systemEffects, systemNetwork } from './effects.ts'
import { isCandorError } from './errors.ts'

const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // A second signal means it: then the process ends at once, and loses nothing that was answered.
  process.once(signal, () => stopping.abort())
}
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    // `candor query … | head -1`: whoever reads has seen enough. A server goes on without them.
    if (!['serve', 'relay'].includes(process.argv[2] ?? '')) process.exit()
  })
}

const program = await createProgram(
  {
    effects: systemEffects,
    network: systemNetwork,
    environment: process.env,
    folder: process.cwd(),
    out: (text) => process.stdout.write(text),
    error: (text) => process.stderr.write(text),
    write: (bytes) => new Promise((resolve) => process.stdout.write(bytes, () => resolve())),
    readInput,
    isInteractive: process.stderr.isTTY,
    width: terminalWidth(),
    clear: () => process.stdout.write('\u001b[H\u001b[2J\u001b[3J'),
    signal: stopping.signal
  },
  process.argv.slice(2)
)

try {
  if (process.argv.length === 2) program.outputHelp()
  else await program.parseAsync(process.argv)
} catch (error) {
  if (isCandorError(error) || isCommandError(error)) {
    process.stderr.write(printable(`candor: ${error.code}\n${error.message}\n`))
    process.exitCode = 1
  } else if (stopping.signal.aborted) {
    // 128 and the number of SIGINT, as shells count: it was asked to stop before it was done.
    process.exitCode = 130
  } else throw error
}

/**
 * CANDOR_COLUMNS makes a pipe look like a terminal that is so wide: for pagers, and for documents.
 */
function terminalWidth(): number | undefined {
  const said = Number(process.env['CANDOR_COLUMNS'])
  if (Number.isInteger(said) && said >= 20) return said
  return process.stdout.isTTY ? process.stdout.columns || 80 : undefined
}

async function readInput(): Promise<string> {
  let text = ''
  for await (const chunk of process.stdin.setEncoding('utf8')) text += String(chunk)
  return text
}
