/** Starts the command line: reads the process's own world once, and turns what went wrong into one clear message. */
import { createProgram } from './cli/program.ts'
import { systemEffects, systemNetwork } from './effects.ts'
import { isCandorError } from './errors.ts'

const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // A second signal means it: then the process ends at once, and loses nothing that was answered.
  process.once(signal, () => stopping.abort())
}

const program = createProgram({
  effects: systemEffects,
  network: systemNetwork,
  environment: process.env,
  folder: process.cwd(),
  out: (text) => process.stdout.write(text),
  error: (text) => process.stderr.write(text),
  isInteractive: process.stderr.isTTY,
  signal: stopping.signal
})

try {
  await program.parseAsync(process.argv)
} catch (error) {
  if (!isCandorError(error)) throw error
  process.stderr.write(`candor: ${error.code}\n${error.message}\n`)
  process.exitCode = 1
}
