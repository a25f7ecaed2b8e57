import { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import yargs from 'yargs'
import type { ContractForm } from '../form.ts'
import type { Fields, Telemetry } from '../telemetry.ts'
import * as forCommander from './commander.ts'
import { readSwitches } from './switches.ts'
import * as forYargs from './yargs.ts'

const contract = {
  candor: 1,
  product: 'acme',
  controls: [
    { flag: '--disable-telemetry', scope: 'user', project: true },
    { flag: '--enable-telemetry', does: 'on', scope: 'user' },
    { flag: '--no-report', scope: 'run' },
    { status: 'acme telemetry' }
  ],
  records: {
    command_init: {
      kind: 'event',
      when: '',
      level: 'all',
      fields: { source_name: { says: '', type: { is: 'string', lengthMax: 9 } } }
    },
    command_pipeline: {
      kind: 'event',
      when: '',
      level: 'all',
      fields: { operation: { says: '', type: { is: 'string', lengthMax: 9 } } }
    }
  }
} as unknown as ContractForm

describe('flags of a command line', () => {
  it('switch this run off, or everything for good, and are taken out before the program parses', () => {
    expect(readSwitches(contract, ['--no-report', 'init', 'chess'])).toEqual({
      flag: 'off',
      forGood: undefined,
      rest: ['init', 'chess']
    })
    expect(readSwitches(contract, ['--disable-telemetry', 'init'])).toEqual({
      flag: 'off',
      forGood: { to: 'off', project: true, flag: '--disable-telemetry' },
      rest: ['init']
    })
  })
  it('say off when one says off and one says on, in either order', () => {
    for (const words of [
      ['--enable-telemetry', '--disable-telemetry'],
      ['--disable-telemetry', '--enable-telemetry']
    ])
      expect(readSwitches(contract, words).forGood?.to).toBe('off')
  })
  it('are not looked for behind `--`, where words belong to somebody else', () => {
    expect(readSwitches(contract, ['run', '--', '--disable-telemetry']).flag).toBeUndefined()
  })
})

interface Recorded {
  readonly name: string
  readonly fields: unknown
}

/** Notes what is measured, and passes the operation through. */
function noting(): { readonly telemetry: Telemetry; readonly recorded: Recorded[] } {
  const recorded: Recorded[] = []
  const measure = (name: string, fields: Fields, operation: () => unknown): unknown => {
    recorded.push({ name, fields })
    return operation()
  }
  return { telemetry: { measure } as unknown as Telemetry, recorded }
}

describe('a command of commander', () => {
  const parse = (words: readonly string[]): readonly Recorded[] => {
    const { telemetry, recorded } = noting()
    const program = new Command('acme').exitOverride()
    program
      .command('init')
      .argument('<source>')
      .option('--source-name <name>')
      .option('--password <text>')
      .action(forCommander.reported(telemetry, contract, () => undefined))
    const pipeline = program.command('pipeline')
    pipeline.command('list').action(forCommander.reported(telemetry, contract, () => undefined))
    program.command('secret').action(forCommander.reported(telemetry, contract, () => undefined))
    program.parse([...words], { from: 'user' })
    return recorded
  }

  it('is reported under its name, with those options that the contract declares and no other', () => {
    expect(parse(['init', 'chess', '--source-name', 'chess', '--password', 'hunter2'])).toEqual([
      { name: 'command_init', fields: { source_name: 'chess' } }
    ])
  })
  it('names its operation where the contract has a place for it', () => {
    expect(parse(['pipeline', 'list'])).toEqual([
      { name: 'command_pipeline', fields: { operation: 'list' } }
    ])
  })
  it('is silent when no record declares it', () => expect(parse(['secret'])).toEqual([]))
})

describe('a command of yargs', () => {
  it('is reported with declared options only, and its error passes through', async () => {
    const { telemetry, recorded } = noting()
    const fail = (): never => {
      throw new Error('no disk')
    }
    const parser = yargs([])
      .scriptName('acme')
      .exitProcess(false)
      .fail((_message, error) => {
        throw error
      })
      .command('init', 'start', {}, forYargs.reported(telemetry, contract, fail))
    const run = async (): Promise<unknown> =>
      parser.parseAsync(['init', '--source_name', 'chess', '--password', 'hunter2'])
    await expect(run()).rejects.toThrow('no disk')
    expect(recorded).toEqual([{ name: 'command_init', fields: { source_name: 'chess' } }])
  })
})
