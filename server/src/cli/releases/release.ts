/**
 * `candor release`: edits a product's releases file; a running server takes the change up by
 * itself.
 */
import { compareVersionTexts } from '#values/version-order'
import { InvalidArgumentError, type Command } from 'commander'
import { CandorError } from '../../errors.ts'
import {
  addRelease as writeRelease,
  knownReleases,
  removeRelease
} from '../../releases/add-release.ts'
import type { Release } from '../../releases/release-file.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { addReleaseOptions, productNamed, releasedProducts } from './released-products.ts'

interface Flags extends Readonly<Record<string, unknown>> {
  readonly product: string
}

interface AddFlags extends Flags {
  readonly date?: string
  readonly supports?: Release['supports']
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
    .option(
      '--supports <platform=majors>',
      'what it runs on: postgresql=15,16,17; needed where other releases say so',
      platforms
    )
    .addHelpText(
      'after',
      '\nExample: candor release add 2.30.0 --product timescaledb --supports postgresql=16,17,18'
    )
  addReleaseOptions(add).action((version: string, flags: AddFlags) =>
    addOne(version, flags, terminal)
  )
  const remove = release
    .command('remove')
    .description('take a release out again that should not be there')
    .argument('<version>', 'as it was added')
    .requiredOption('--product <name>', 'whose release')
    .addHelpText('after', '\nExample: candor release remove 2.30.0 --product timescaledb')
  addReleaseOptions(remove).action((version: string, flags: Flags) =>
    removeOne(version, flags, terminal)
  )
}

async function addOne(
  version: string,
  { date, supports, ...flags }: AddFlags,
  terminal: Terminal
): Promise<void> {
  const { effects, out, error } = terminal
  const edited = await editedFile(flags, terminal)
  const known = (await knownReleases(edited))
    .filter(({ withdrawn }) => withdrawn !== true)
    .toSorted((one, other) => compareVersionTexts(other.version, one.version))
  const asked = known.find((each) => Object.keys(each.supports ?? {}).length > 0)?.supports
  const missing = Object.keys(asked ?? {}).filter((name) => supports?.[name] === undefined)
  if (missing.length > 0)
    throw new CandorError(
      'PARAMETER_INVALID',
      `Without --supports ${version} would be told to every ${missing.join(' and ')}, also where ` +
        `it does not run: say --supports ${exampleOf(asked)}, with the majors that it runs on.`
    )
  const day = date ?? new Date(effects.clock.now()).toISOString().slice(0, 10)
  const release = { version, date: day, ...(supports === undefined ? {} : { supports }) }
  const path = await writeRelease({ ...edited, release })
  out(`added ${version} to ${path}; a running server takes it up within seconds\n`)
  for (const warning of warningsOf(release, known)) error(`warning: ${warning}\n`)
}

async function removeOne(version: string, flags: Flags, terminal: Terminal): Promise<void> {
  const edited = await editedFile(flags, terminal)
  if (!(await removeRelease({ ...edited, version })))
    throw new CandorError(
      'PARAMETER_INVALID',
      `No release of ${flags.product} is written as ${version}: see the file that ` +
        '`candor release add` names.'
    )
  terminal.out(`removed ${version}; a running server takes it up within seconds\n`)
}

async function editedFile(
  { product: name, ...flags }: Flags,
  terminal: Terminal
): Promise<Parameters<typeof knownReleases>[0]> {
  const known = await releasedProducts(flags, terminal)
  const { effects } = terminal
  return { folder: known.config.releases, product: productNamed(known, name), effects }
}

/** What may be meant, and is more often a slip. `known` are sorted, the newest first. */
function warningsOf({ version, supports }: Release, known: readonly Release[]): readonly string[] {
  const [newest] = known
  if (newest === undefined) return []
  if (compareVersionTexts(version, newest.version) <= 0)
    return [`${newest.version} is newer, and goes on being told where both run.`]
  return Object.entries(newest.supports ?? {}).flatMap(([platform, majors]) => {
    const left = majors.filter((major) => supports?.[platform]?.includes(major) === false)
    return left.length === 0
      ? []
      : [`${platform} ${left.join(', ')} goes on being told ${newest.version}.`]
  })
}

function exampleOf(supports: Release['supports']): string {
  const [[platform, majors] = ['postgresql', [16, 17]]] = Object.entries(supports ?? {})
  return `${platform}=${majors.join(',')}`
}

function platforms(text: string): Readonly<Record<string, readonly number[]>> {
  const match = /^([a-z][a-z0-9_-]{0,39})=(\d{1,4}(?:,\d{1,4})*)$/.exec(text)
  if (match?.[1] === undefined || match[2] === undefined)
    throw new InvalidArgumentError('for example postgresql=15,16,17')
  return { [match[1]]: match[2].split(',').map(Number) }
}
