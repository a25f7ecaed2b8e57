/** Which commands does `candor-postgres` have? */
import { Command } from 'commander'
import { addGenerate } from './generate.ts'
import { addInit } from './init.ts'
import { addInstall } from './install.ts'
import { addLevel } from './level.ts'
import { addReport } from './report.ts'
import type { Terminal } from './terminal.ts'

function createProgram(terminal: Terminal): Command {
  const program = new Command('candor-postgres')
    .description(
      'telemetry of a PostgreSQL extension or fork: SQL in the database, and a reporter beside it'
    )
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.err })
    .exitOverride()
  addInit(program, terminal)
  addGenerate(program, terminal)
  addInstall(program, terminal)
  addReport(program, terminal)
  addLevel(program, terminal)
  return program
}

/** Never rejects: what went wrong is said in a line, and in the exit code. */
export async function runProgram(words: readonly string[], terminal: Terminal): Promise<void> {
  try {
    await createProgram(terminal).parseAsync([...words], { from: 'user' })
  } catch (error) {
    const { exitCode, code, message } = error as {
      readonly exitCode?: number
      readonly code?: string
      readonly message: string
    }
    // Commander has said so already.
    if (code?.startsWith('commander.') === true) return terminal.exit(exitCode ?? 1)
    terminal.err(`candor-postgres: ${message}\n`)
    terminal.exit(1)
  }
}
