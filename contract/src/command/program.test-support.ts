/** The command line in this process: what it is told beside its words, and how it ends. */
import * as files from 'node:fs/promises'
import { createProgram } from './program.ts'
import type { World } from './world.ts'

export type Network = World['network']
export const systemNetwork: Network = { fetch: globalThis.fetch }
export const systemEffects: World['effects'] = { clock: { now: () => Date.now() }, files }

type TestWorld = World & { readonly error: (text: string) => void }

/** Says nothing, hears nothing: each test names what it looks at. */
export function testTerminal(changes: Partial<TestWorld>): TestWorld {
  return {
    effects: systemEffects,
    network: systemNetwork,
    folder: '.',
    out: () => undefined,
    error: () => undefined,
    readInput: () => Promise.resolve(''),
    signal: new AbortController().signal,
    ...changes
  }
}

/** Its exit code. What commander would end the process for is thrown. */
export async function runProgram(world: TestWorld, words: readonly string[]): Promise<number> {
  process.exitCode = undefined
  const program = createProgram({ ...world, version: '0.0.0' })
  for (const command of [program, ...program.commands]) command.exitOverride()
  await program.parseAsync(['node', 'candor-contract', ...words])
  return Number(process.exitCode ?? 0)
}
