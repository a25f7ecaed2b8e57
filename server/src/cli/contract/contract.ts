/**
 * `candor contract`: the contract's own commands, with what a collector adds to them; `try`
 * counts before a contract is deployed, and `publish` makes the contract of a folder one of its
 * published versions, which are only ever added to.
 */
import { addContractCommands } from '@candor/contract/command'
import type { Command } from 'commander'
import { publishContract } from '../../products/publish.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { addContractTry } from './contract-try.ts'
import { runningCollector } from './running-collector.ts'

export function addContract(program: Command, terminal: Terminal): void {
  const contract = program.command('contract').description('work on a contract')
  addContractCommands(contract, terminal, runningCollector(terminal))
  addContractTry(contract, terminal)
  contract
    .command('publish')
    .description("write the contract's published version, which reports may name by its digest")
    .argument('<folder>', "the product's folder")
    .action(async (folder: string) => {
      const { digest, file, isNew } = await publishContract(folder, terminal.effects.files)
      terminal.out(
        isNew ? `published ${digest}\nwrote ${file}\n` : `${digest} is published already\n`
      )
    })
}
