/** Lists every setting: its key, its flag, its variable, its default. */
import { configReference } from '../../server/src/config/settings.ts'
import { code, page, table } from './page.ts'

export function configPage(): string {
  return page(
    'Configuration',
    'A flag goes before a variable, a variable before `candor.yaml`, that before the ' +
      'default. Relative paths of flags and variables are relative to ' +
      'the folder in which Candor starts, those of the file to the file. An unknown flag, ' +
      'variable or key is an error that names the nearest known one. ' +
      'Secrets have no flag, since every user of a machine sees those.',
    table(
      ['in candor.yaml', 'flag of `candor serve`', 'variable', 'default', 'what it is', 'example'],
      configReference.map(({ key, flag, variable, default: fallback, says, example }) => [
        code(key),
        code(flag),
        code(variable),
        fallback,
        says,
        code(example)
      ])
    ),
    '`clickhouse: https://…` is short for `clickhouse: { url: https://… }`.'
  )
}
