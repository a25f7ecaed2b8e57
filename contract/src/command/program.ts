/** `candor-contract`: what a maintainer does with a contract, without a collector or an engine. */
import { Command } from 'commander'
import { addContractCommands } from './commands.ts'
import { addInit } from './init.ts'
import { printable } from './printing/printable.ts'
import type { World } from './world.ts'

export function createProgram(
  world: World & { readonly error: (text: string) => void; readonly version: string }
): Command {
  // Contracts and files of strangers are printed by nearly every command.
  const safe = { ...world, out: (text: string) => world.out(printable(text)) }
  const program = new Command('candor-contract')
    .description('Say what you collect: check, compare and explain a contract, and what follows.')
    .version(world.version, '-v, --version')
    .configureOutput({
      writeOut: safe.out,
      writeErr: (text) => world.error(printable(text)),
      outputError: (text, write) => write(text.replace(/^error: /, 'candor-contract: '))
    })
  addInit(program, safe)
  addContractCommands(program, safe)
  for (const command of [program, ...program.commands])
    command.showHelpAfterError('(candor-contract --help tells what there is)')
  return program
}
