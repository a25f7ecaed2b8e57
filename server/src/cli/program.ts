/**
 * What the command line offers: every command with its flags, each carried out in a file of its
 * own.
 */
import { addInit, printable } from '@candor/contract/command'
import { Command } from 'commander'
import { addAdvisory } from './collector/advisory.ts'
import { addAsk } from './questions/ask.ts'
import { addContract } from './contract/contract.ts'
import { addClock } from './collector/clock.ts'
import { addDashboard } from './collector/dashboard.ts'
import { addDigest } from './questions/digest.ts'
import { addDoctor } from './collector/doctor.ts'
import { addInstallation } from './collector/installation.ts'
import { addKeys } from './collector/keys.ts'
import { addQuery } from './questions/query.ts'
import { addRelease } from './collector/release.ts'
import { addSandbox } from './collector/sandbox.ts'
import { addSchema } from './collector/schema.ts'
import { addServe } from './collector/serve.ts'
import { addTail } from './collector/tail.ts'
import { addToken } from './collector/token.ts'
import { addWriteKey } from './collector/write-key.ts'
import type { Terminal } from './terminal/terminal.ts'

export function createProgram(world: Terminal): Command {
  // Servers, contracts and files of strangers are printed by nearly every command.
  const terminal: Terminal = {
    ...world,
    out: (text) => world.out(printable(text)),
    error: (text) => world.error(printable(text))
  }
  const program = new Command('candor')
    .description(
      'Usage telemetry that its users can read: receive it, keep what the contract allows, ask it questions.'
    )
    .version('0.1.0', '-v, --version')
    // `--version` behind a question is that question's filter.
    .enablePositionalOptions()
    .configureOutput({
      writeOut: terminal.out,
      writeErr: terminal.error,
      outputError: (text, write) => write(inOurWords(text))
    })
  const operation = [
    addServe,
    addDashboard,
    addToken,
    addWriteKey,
    addDoctor,
    addClock,
    addInstallation
  ]
  for (const add of [
    ...operation,
    addAsk,
    addQuery,
    addDigest,
    addTail,
    addInit,
    addContract,
    addRelease,
    addAdvisory,
    addKeys,
    addSchema,
    addSandbox
  ])
    add(program, terminal)
  pointToHelp(program, 'candor')
  return program
}

/** Each mistake is answered with the help of the command that it was made in. */
function pointToHelp(command: Command, words: string): void {
  command.showHelpAfterError(`(${words} --help tells what there is)`)
  for (const inner of command.commands) pointToHelp(inner, `${words} ${inner.name()}`)
}

function inOurWords(text: string): string {
  return text
    .replace(/^error: /, 'candor: ')
    .replace(/command-argument value ('.*') is invalid for argument '(.*?)'\./, '$1 is no $2.')
}
