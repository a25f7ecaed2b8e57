/** Every command that works on a contract alone, added to a program that may offer more. */
import type { Command } from 'commander'
import { addContractCheck, addContractExplain } from './check.ts'
import type { Collector } from './collector.ts'
import { addContractDiff } from './diff.ts'
import { addContractDossier } from './papers/dossier.ts'
import { addContractGenerate } from './generate.ts'
import { addContractInfer } from './infer.ts'
import { addContractReview } from './papers/review.ts'
import { addContractRisk } from './risk.ts'
import type { World } from './world.ts'

/**
 * `check`, `explain`, `diff`, `review`, `dossier`, `risk`, `infer` and `generate`. Without a
 * collector, `risk` counts a generated fleet and `infer` reads a file.
 *
 * @example
 * addContractCommands(program.command('contract'), world)
 */
export function addContractCommands(program: Command, world: World, collector?: Collector): void {
  addContractCheck(program, world)
  addContractExplain(program, world)
  addContractDiff(program, world)
  addContractReview(program, world)
  addContractDossier(program, world)
  addContractRisk(program, world, collector)
  addContractInfer(program, world, collector)
  addContractGenerate(program, world, collector)
}
