/** `candor advisory import` and `export`: advisories from and for other tools. */
import { join, resolve } from 'node:path'
import { InvalidArgumentError, Option, type Command } from 'commander'
import { CandorError } from '../../errors.ts'
import { putAdvisories } from '../../releases/add-release.ts'
import { readAdvisory } from '../../releases/exchange/read-advisory.ts'
import { feedDocuments } from '../../releases/exchange/static-feed.ts'
import { advisoryLevels, type Advisory } from '../../releases/release-file.ts'
import { oneOf } from '../terminal/choice.ts'
import type { Terminal } from '../terminal/terminal.ts'
import {
  addReleaseOptions,
  productNamed,
  publisherOf,
  releasedProducts,
  releaseFileOf
} from './released-products.ts'

interface ImportFlags extends Readonly<Record<string, unknown>> {
  readonly product: string
  readonly package?: string
  readonly level?: Advisory['level']
  readonly platform?: Advisory['platforms']
}

const formats = ['osv', 'csaf'] as const

interface ExportFlags extends Readonly<Record<string, unknown>> {
  readonly product: string
  readonly format: (typeof formats)[number]
  readonly out: string
}

export function addAdvisoryImport(advisory: Command, terminal: Terminal): void {
  const command = advisory
    .command('import')
    .description("put OSV or GitHub advisories into the product's file, and so into its feed")
    .argument('<files...>', 'JSON: OSV documents, or what the API of GitHub answers; - is input')
    .requiredOption('--product <name>', 'whose')
    .option('--package <name>', 'which package of the document, if it names several')
    .addOption(
      new Option('--level <level>', 'how bad it is, if the document does not tell')
        .choices(advisoryLevels)
        .argParser(oneOf(advisoryLevels))
    )
    .option(
      '--platform <name=values>',
      'it concerns only these: postgresql=16,17 (again for another)',
      platforms
    )
    .addHelpText(
      'after',
      '\nAn advisory that is there already is brought up to date. Exit code: 1 when one of the ' +
        'files was refused; all others are put in.'
    )
  addReleaseOptions(command).action((files: readonly string[], flags: ImportFlags) =>
    importFiles(files, flags, terminal)
  )
}

async function importFiles(
  files: readonly string[],
  { product: name, package: wanted, level, platform, ...flags }: ImportFlags,
  terminal: Terminal
): Promise<void> {
  const known = await releasedProducts(flags, terminal)
  const product = productNamed(known, name)
  const read: { readonly path: string; readonly advisory: Advisory }[] = []
  for (const path of files)
    for (const value of await documentsIn(path, terminal)) {
      const reading = readAdvisory(value, { package: wanted, level, platforms: platform })
      if (reading.is === 'advisory') read.push({ path, advisory: reading.advisory })
      else {
        terminal.error(`${path}: ${reading.because}\n`)
        process.exitCode = 1
      }
    }
  const put = await putAdvisories({
    folder: known.config.releases,
    product,
    advisories: read.map(({ advisory }) => advisory),
    effects: terminal.effects
  })
  for (const [index, { advisory }] of read.entries())
    terminal.out(
      `${put[index]}: ${advisory.id} ${advisory.level} ${advisory.affected}` +
        `${advisory.fixed === undefined ? '' : `, fixed in ${advisory.fixed}`}\n`
    )
  if (read.length > 0)
    terminal.out(
      `${join(known.config.releases, `${name}.yaml`)}; a running server takes it up within ` +
        'seconds\n'
    )
}

/** One document, a list of them, or what a list of OSV's API is wrapped in. */
async function documentsIn(
  path: string,
  { effects, folder, readInput }: Terminal
): Promise<readonly unknown[]> {
  const text = await (
    path === '-' ? readInput() : effects.files.readFile(resolve(folder, path), 'utf8')
  ).catch((cause: unknown) => {
    throw new CandorError('PARAMETER_INVALID', `${path} can't be read.`, { cause })
  })
  try {
    const value: unknown = JSON.parse(text)
    if (Array.isArray(value)) return value
    const { vulns } = value as { readonly vulns?: unknown }
    return Array.isArray(vulns) ? vulns : [value]
  } catch (cause) {
    throw new CandorError('PARAMETER_INVALID', `${path} is no JSON.`, { cause })
  }
}

export function addAdvisoryExport(advisory: Command, terminal: Terminal): void {
  const command = advisory
    .command('export')
    .description('write what is published as documents for other tools')
    .requiredOption('--product <name>', 'whose')
    .addOption(
      new Option('--format <format>', 'as which documents')
        .choices(formats)
        .argParser(oneOf(formats))
        .makeOptionMandatory()
    )
    .requiredOption('--out <folder>', 'where to')
  addReleaseOptions(command).action(
    async ({ product: name, format, out, ...flags }: ExportFlags) => {
      const known = await releasedProducts(flags, terminal)
      const product = productNamed(known, name)
      const found = await releaseFileOf(product, known, terminal)
      const { file = { releases: [], advisories: [] }, changedAt = 0 } = found ?? {}
      const { title } = product.newest.contract
      const documents = feedDocuments({
        file,
        changedAt,
        publisher: publisherOf(product, file),
        title
      }).filter(({ path }) => path.startsWith(`${format}/`))
      const folder = resolve(terminal.folder, out)
      await terminal.effects.files.mkdir(folder, { recursive: true })
      for (const { path, text } of documents)
        await terminal.effects.files.writeFile(join(folder, path.slice(format.length + 1)), text)
      terminal.out(`${out}: documents ${documents.length}\n`)
    }
  )
}

function platforms(text: string, before: Advisory['platforms'] = {}): Advisory['platforms'] {
  const match = /^([a-z][a-z0-9_-]{0,39})=([a-z0-9_.-]+(?:,[a-z0-9_.-]+)*)$/.exec(text)
  if (match?.[1] === undefined || match[2] === undefined)
    throw new InvalidArgumentError('for example postgresql=16,17')
  const values = match[2].split(',').map((word) => (/^\d{1,6}$/.test(word) ? Number(word) : word))
  return { ...before, [match[1]]: values }
}
