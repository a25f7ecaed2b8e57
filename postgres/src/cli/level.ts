/** Sets or shows the level, at the scope that its user names. */
import { InvalidArgumentError, type Command } from 'commander'
import { levelWords, saidLevels, setLevel, type LevelWord, type Scope } from '../level-commands.ts'
import { loadProduct } from '../product.ts'
import { dsnOption, productOption, withClient } from './options.ts'
import type { Terminal } from './terminal.ts'

interface Options {
  readonly product: string
  readonly dsn?: string
  readonly instance?: true
  readonly database?: string
  readonly role?: string
}

export function addLevel(program: Command, terminal: Terminal): void {
  program
    .command('level')
    .description(
      'set the telemetry level of an instance, a database or a role; alone: show who says what'
    )
    .argument('[level]', levelWords.join(' | '), readLevel)
    .addOption(productOption())
    .addOption(dsnOption())
    .option('--instance', 'for all databases of the server (superuser)')
    .option('--database <name>', 'for one database; with --role: for that role in it')
    .option('--role <name>', 'for the role that the reporter logs in as')
    .action(async (level: LevelWord | undefined, options: Options) => {
      const { file } = loadProduct(options.product)
      await withClient(options.dsn, async (client) => {
        if (level !== undefined) {
          const scope = scopeOf(options)
          await setLevel(client, file.setting, scope, level)
          const place = 'name' in scope ? `${scope.is} ${scope.name}` : 'whole instance'
          terminal.out(
            `${file.setting}.telemetry_level is ${level} for the ${place}; ` +
              'a running reporter obeys at its next look.\n'
          )
          return
        }
        const { said, here } = await saidLevels(client, file.setting)
        for (const { scope, value } of said) terminal.out(`${scope}: ${value}\n`)
        terminal.out(
          here === undefined ? 'here: nobody said anything\n' : `here, for this role: ${here}\n`
        )
      })
    })
}

function readLevel(word: string): LevelWord {
  const level = levelWords.find((each) => each === word.toLowerCase())
  if (level === undefined) throw new InvalidArgumentError(`It is one of ${levelWords.join(', ')}.`)
  return level
}

function scopeOf({ instance, database, role }: Options): Scope {
  if (instance === true && database === undefined && role === undefined) return { is: 'instance' }
  if (instance === undefined && role !== undefined)
    return { is: 'role', name: role, ...(database === undefined ? {} : { database }) }
  if (instance === undefined && database !== undefined) return { is: 'database', name: database }
  throw new Error('Say for whom: --instance, --database NAME or --role NAME.')
}
