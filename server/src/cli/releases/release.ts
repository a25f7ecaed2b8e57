/**
 * `candor release`: edits a product's releases file; a running server takes the change up by
 * itself.
 */
import { join } from 'node:path'
import { InvalidArgumentError, type Command } from 'commander'
import { addRelease as writeRelease } from '../../releases/add-release.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { addReleaseOptions, productNamed, releasedProducts } from './released-products.ts'

interface AddFlags extends Readonly<Record<string, unknown>> {
  readonly product: string
  readonly date?: string
  readonly supports?: Readonly<Record<string, readonly number[]>>
}

export function addRelease(program: Command, terminal: Terminal): void {
  const release = program
    .command('release')
    .description("edit a product's releases, which the version check answers from")
  const add = release
    .command('add')
    .description('add a release')
    .argument('<version>', 'for example 2.29.2')
    .requiredOption('--product <name>', 'whose release')
    .option('--date <day>', 'when it appeared, YYYY-MM-DD; today by default')
    .option('--supports <platform=majors>', 'what it runs on: postgresql=15,16,17', platforms)
    .addHelpText(
      'after',
      '\nExample: candor release add 2.30.0 --product timescaledb --supports postgresql=16,17,18'
    )
  addReleaseOptions(add).action(
    async (version: string, { product: name, date, supports, ...flags }: AddFlags) => {
      const { effects, out } = terminal
      const known = await releasedProducts(flags, terminal)
      const product = productNamed(known, name)
      const { config } = known
      const day = date ?? new Date(effects.clock.now()).toISOString().slice(0, 10)
      await writeRelease({
        folder: config.releases,
        product,
        release: { version, date: day, ...(supports === undefined ? {} : { supports }) },
        effects
      })
      out(
        `added ${version} to ${join(config.releases, `${name}.yaml`)}; a running server ` +
          'takes it up within seconds\n'
      )
    }
  )
}

function platforms(text: string): Readonly<Record<string, readonly number[]>> {
  const match = /^([a-z][a-z0-9_-]{0,39})=(\d{1,4}(?:,\d{1,4})*)$/.exec(text)
  if (match?.[1] === undefined || match[2] === undefined)
    throw new InvalidArgumentError('for example postgresql=15,16,17')
  return { [match[1]]: match[2].split(',').map(Number) }
}
