/** The command line in this process: what it is told beside its words, and how it ends. */
import { systemEffects, systemNetwork } from '../effects.ts'
import { createProgram } from './program.ts'
import type { Terminal } from './terminal/terminal.ts'

/**
 * Says nothing, hears nothing, and stands in no folder of its own: each test names what it looks
 * at.
 */
export function testTerminal(changes: Partial<Terminal>): Terminal {
  return {
    effects: systemEffects,
    network: systemNetwork,
    environment: {},
    folder: '.',
    out: () => undefined,
    error: () => undefined,
    write: () => Promise.resolve(),
    readInput: () => Promise.resolve(''),
    isInteractive: false,
    width: 100,
    clear: () => undefined,
    signal: new AbortController().signal,
    ...changes
  }
}

/** Its exit code. What commander would end the process for is thrown. */
export async function runProgram(terminal: Terminal, words: readonly string[]): Promise<number> {
  process.exitCode = undefined
  const program = await createProgram(terminal, words)
  for (const command of [
    program,
    ...program.commands,
    ...program.commands.flatMap(({ commands }) => commands)
  ])
    command.exitOverride()
  await program.parseAsync(['node', 'candor', ...words])
  return Number(process.exitCode ?? 0)
}
