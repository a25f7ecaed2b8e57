/**
 * `candor contract`: what a maintainer does with a contract; `publish` makes that of a folder one
 * of its published versions, which are only ever added to.
 */
import type { Command } from 'commander'
import { publishContract } from '../../products/publish.ts'
import { addContractCheck, addContractExplain } from './contract-check.ts'
import { addContractDiff } from './contract-diff.ts'
import { addContractGenerate } from './contract-generate.ts'
import { addContractInfer } from './contract-infer.ts'
import { addContractRisk } from './contract-risk.ts'
import type { Terminal } from '../terminal/terminal.ts'

export function addContract(program: Command, terminal: Terminal): void {
  const contract = program.command('contract').description('work on a contract')
  addContractCheck(contract, terminal)
  addContractExplain(contract, terminal)
  addContractDiff(contract, terminal)
  addContractRisk(contract, terminal)
  addContractInfer(contract, terminal)
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
  addContractGenerate(contract, terminal)
}
