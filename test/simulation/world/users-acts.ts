/** What can a user say of telemetry? Each word goes into the ledger as it is said. */
import type { Telemetry } from '../../../sdk/src/telemetry.ts'
import type { UsersWord } from '../oracle/ledger.ts'
import type { Level } from './contract-versions.ts'
import type { Process } from './machine.ts'

/** Words for and against come more often than the others. */
export const acts = [
  'on',
  'on',
  'off',
  'off',
  'forget',
  'accept',
  'local',
  'reset',
  'off and forget'
] as const

export async function say(
  act: (typeof acts)[number],
  {
    process,
    telemetry: { controls },
    word,
    level,
    order
  }: {
    readonly process: Process
    readonly telemetry: Pick<Telemetry, 'controls'>
    readonly word: UsersWord
    readonly level: Level
    /** Its place among the facts. */
    readonly order: number
  }
): Promise<void> {
  const { version } = process.options
  const said = { order, by: process, holds: true } as const
  /** Whoever is told that it could not be kept knows that it holds for this process only. */
  const heard = (fact: ReturnType<UsersWord['add']>, unkept: object | undefined): void => {
    if (unkept !== undefined && 'holds' in fact) fact.holds = false
  }
  switch (act) {
    case 'on': {
      const fact = word.add({ is: 'yes', version, level, ...said })
      return heard(fact, (await controls.on({ level })).unkept)
    }
    case 'local': {
      const fact = word.add({ is: 'local', ...said })
      return heard(fact, (await controls.local()).unkept)
    }
    case 'off':
    case 'off and forget': {
      const fact = word.add({ is: 'no', ...said })
      return heard(fact, (await controls.off({ forget: act !== 'off' })).status.unkept)
    }
    case 'accept': {
      if (!word.mayAccept(process)) return
      const fact = word.add({ is: 'yes', version, level: word.levelBefore(process), ...said })
      return heard(fact, (await controls.accept()).unkept)
    }
    case 'forget':
      return void (await controls.forget())
    case 'reset':
      return void (await controls.reset())
  }
}
