import { readFileSync } from 'node:fs'
import { transformSync } from 'esbuild'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { agentWords, harmless, isHumanReading, unattended } from '#values/human-reader'
import {
  agents,
  ciVendors,
  containers,
  orchestrators,
  partsOf,
  serverless,
  signParts,
  tests
} from '#values/places'
import { detectEnvironment } from '../../../../sdk/src/environment/environment.ts'
import { systemEffects } from '../../../../sdk/src/effects.ts'
import { contractOf, frame } from '../../../test/frame.ts'
import { partsFile, type Part } from './parts.ts'
import { generateStandalone } from './standalone.ts'

interface Told {
  readonly automation: string
  readonly isUnattended: boolean
  readonly isKept: boolean
  readonly isRead: boolean
}

type World = Readonly<Record<string, string>>

/** What a generated client makes of a world, on a terminal of Linux. */
function placeIn(told: string): (world: World) => Told {
  const parts = JSON.parse(readFileSync(partsFile('typescript'), 'utf8')) as readonly Part[]
  const contract = contractOf(`${frame}${told}events:
  load: { when: It loads., fields: { truth: { type: boolean, says: whether } } }
`)
  const text = generateStandalone({ contract, language: 'typescript', parts })
  const { code } = transformSync(text, { loader: 'ts', format: 'cjs' })
  return (env) => {
    const process = {
      env,
      platform: 'linux',
      versions: { node: '20.0.0' },
      getBuiltinModule: (name: string) =>
        name === 'node:tty'
          ? { isatty: () => true }
          : { readFileSync: () => '', existsSync: () => false }
    }
    // oxlint-disable-next-line no-implied-eval, no-new-func -- a file that was just generated
    const run = new Function('process', 'module', `${code};return placeOf()`)
    return run(process, {}) as Told
  }
}

const signs = [ciVendors, tests, agents, orchestrators, serverless, containers]
  .flat()
  .flatMap((row) => partsOf(row).slice(1))
  .flatMap(signParts)
const names = [
  ...signs.map((sign) => sign.replace(/[=^].*/, '')),
  ...unattended.map(([, name]) => name),
  ...harmless,
  ...[...agentWords].flatMap((word) => [word, `MY_${word}_MODE`, `${word}_TOKEN`, `X${word}`]),
  'agent.mode',
  'INSIDE_EMACS',
  'HOME',
  'LANG'
]
const given = signs
  .flatMap((sign) => /[=^](.*)/.exec(sign)?.[1] ?? [])
  .concat('1', 'yes', '', '0', 'false', 'No', 'off', 'cat', 'less | cat', 'true', ':')
  .concat('noninteractive', 'a\nCI=1', 'some thing')
const worlds: fc.Arbitrary<World> = fc
  .tuple(
    fc.dictionary(fc.constantFrom(...names), fc.constantFrom(...given), { maxKeys: 4 }),
    fc.constantFrom('xterm', 'xterm', 'xterm', 'dumb', '')
  )
  .map(([some, term]) => ({ ...some, TERM: term }))

describe('a client without a package', () => {
  const placeOf = placeIn('')
  const placeTold = placeIn('environment: [class, automation]\n')

  it('sees a person, a program and a machine where the package sees them', () => {
    fc.assert(
      fc.property(worlds, (variables) => {
        const system = { ...systemEffects.system, platform: 'linux', isTerminal: () => true }
        const files = { ...systemEffects.files, readFileSync: () => '', existsSync: () => false }
        const effects = {
          ...systemEffects,
          variables,
          system,
          files
        } as unknown as typeof systemEffects
        const { automation, kept, orchestrators: scheduled } = detectEnvironment(effects, 'program')
        const isUnattended = /ci|test/.test(automation) || scheduled.length > 0
        // Nothing is recorded there, and so nothing shown.
        const isRead = !isUnattended && isHumanReading({ variables, system }, automation)
        const told = placeTold(variables)
        expect(told.automation).toBe(automation)
        for (const seen of [placeOf(variables), told]) {
          expect([seen.isRead, seen.isUnattended]).toEqual([isRead, isUnattended])
          expect(seen.isKept).toBe(kept && !isUnattended)
        }
      }),
      { numRuns: 3_000 }
    )
  })
})
