/**
 * `candor contract generate`: writes what follows from a contract (a typed client, pages, schemas,
 * views), or tells which file is stale.
 */
import { dayOf } from '#values/days'
import { resolve } from 'node:path'
import {
  disclosureFormats,
  generateDisclosure,
  type DisclosureFormat
} from '../generate/disclosure/disclosure-text.ts'
import { generatePreset, generateSwitches } from '../generate/packager.ts'
import { generateJsonSchema } from '../generate/schema/json-schema.ts'
import { generateOpenapi } from '../generate/schema/openapi.ts'
import { generateJavascript } from '../generate/client/javascript.ts'
import { generateTypescript } from '../generate/client/typescript.ts'
import { lacksOf } from '../generate/standalone/lacks.ts'
import { partsFile, type Part } from '../generate/standalone/parts.ts'
import { generateStandalone } from '../generate/standalone/standalone.ts'
import { editionContract } from '../form/edition.ts'
import { checkContract } from '../check/check.ts'
import { compileContract, type CompiledContract } from '../holding/compile.ts'
import type { Collector } from './collector.ts'
import { Argument, Option, type Command } from 'commander'
import { CommandError } from './command-error.ts'
import { contractFile, readContractFile } from './reading/contract-file.ts'
import { oneOf } from './printing/choice.ts'
import type { World } from './world.ts'
import { putFile } from './reading/written-file.ts'

const kinds = [
  'typescript',
  'javascript',
  'disclosure',
  'json-schema',
  'openapi',
  'preset',
  'switches'
] as const
/** `sql` is the business of a collector, whose views it writes. */
type Kind = (typeof kinds)[number] | 'sql'

interface Options {
  readonly out?: string
  readonly format?: DisclosureFormat
  readonly frontMatter?: boolean
  readonly check?: boolean
  readonly standalone?: boolean
  readonly edition?: string
}

export function addContractGenerate(
  contract: Command,
  world: World,
  collector: Collector | undefined
): void {
  const offered: readonly Kind[] = [...kinds, ...(collector === undefined ? [] : ['sql' as const])]
  contract
    .command('generate')
    .description(
      'write what follows from a contract: a typed client, the page for users, schemas, views'
    )
    .addArgument(new Argument('<kind>', offered.join(', ')).argParser(oneOf(offered)))
    .argument('[file]', 'the contract, or the folder that holds one', contractFile)
    .option('--out <path>', 'the file to write; default: print it')
    .addOption(
      new Option('--format <format>', `of a disclosure: ${disclosureFormats.join(', ')}`).argParser(
        oneOf(disclosureFormats)
      )
    )
    .option(
      '--front-matter',
      'begin a Markdown disclosure with the title and description that docs sites read'
    )
    .option(
      '--standalone',
      'a client that is one file and needs no package, for contracts that ask no more of it'
    )
    .option('--edition <name>', 'what belongs to this edition of the product, not to the open one')
    .option(
      '--check',
      'write nothing; exit with 1 when the file of --out is not what would be written'
    )
    .action((kind: Kind, file: string, options: Options) =>
      generate({ kind, file, options, world, collector })
    )
}

async function generate({
  kind,
  file,
  options,
  world,
  collector
}: {
  kind: Kind
  file: string
  options: Options
  world: World
  collector: Collector | undefined
}): Promise<void> {
  refuseWhatMeansNothing(kind, options)
  const compiled = editionOf(await readSound(file, world), options.edition)
  const { out, check = false } = options
  const existing =
    out === undefined
      ? undefined
      : await world.effects.files
          .readFile(resolve(world.folder, out), 'utf8')
          .catch(() => undefined)
  const text =
    options.standalone === true && (kind === 'typescript' || kind === 'javascript')
      ? await standalone(compiled.contract, kind, world)
      : textOf(kind, compiled, options, collector, existing)
  if (out === undefined) return world.out(text)
  await putFile(text, { out, check, again: commandFor(kind, file, options) }, world)
}

/** What `check` refuses is no contract that anything may follow from. */
async function readSound(file: string, world: World): Promise<CompiledContract> {
  const { name, text } = await readContractFile(file, world)
  const today = dayOf(world.effects.clock.now())
  const { contract, findings } = checkContract(text, { today })
  const errors = findings.filter(({ severity }) => severity === 'error')
  if (contract !== undefined && errors.length === 0) return compileContract(contract)
  throw new CommandError(
    'PRODUCT_INVALID',
    errors
      .map(({ line, column, code, message }) => `${name}:${line}:${column} ${code} ${message}`)
      .join('\n')
  )
}

function editionOf(compiled: CompiledContract, name: string | undefined): CompiledContract {
  if (name === undefined) return compiled
  const contract = editionContract(compiled.contract, name)
  if (contract !== undefined) return compileContract(contract)
  const known = [...compiled.contract.editions.keys()]
  throw new CommandError(
    'PARAMETER_INVALID',
    `This contract has no edition \`${name}\`: ` +
      (known.length === 0 ? 'it names none under `editions`.' : `choose ${known.join(', ')}.`)
  )
}

async function standalone(
  contract: CompiledContract['contract'],
  language: 'typescript' | 'javascript',
  world: World
): Promise<string> {
  const lacks = lacksOf(contract)
  const listed = lacks.map((lack) => `  - ${lack}`).join('\n')
  if (lacks.length > 0)
    throw new CommandError(
      'PARAMETER_INVALID',
      'This contract asks for more than a client without a package has. Generate one for ' +
        `@candor/sdk (without --standalone), or change:\n${listed}`
    )
  const text = await world.effects.files.readFile(partsFile(language), 'utf8')
  return generateStandalone({ contract, language, parts: JSON.parse(text) as readonly Part[] })
}

function textOf(
  kind: Kind,
  compiled: CompiledContract,
  { format, frontMatter }: Options,
  collector: Collector | undefined,
  existing: string | undefined
): string {
  switch (kind) {
    case 'typescript':
      return generateTypescript(compiled.contract)
    case 'javascript':
      return generateJavascript(compiled.contract)
    case 'disclosure':
      return generateDisclosure(compiled.contract, {
        ...(format === undefined ? {} : { format }),
        ...(frontMatter === undefined ? {} : { frontMatter }),
        before: existing
      })
    case 'json-schema':
      return generateJsonSchema(compiled.contract)
    case 'openapi':
      return generateOpenapi(compiled.contract)
    case 'preset':
      return generatePreset(compiled.contract)
    case 'switches':
      return generateSwitches(compiled.contract)
    case 'sql':
      return collector?.viewsOf(compiled) ?? ''
  }
}

function refuseWhatMeansNothing(
  kind: Kind,
  { out, check, format, frontMatter, standalone: isWhole, edition }: Options
): void {
  const refuse = (message: string): never => {
    throw new CommandError('PARAMETER_INVALID', message)
  }
  if (check === true && out === undefined) refuse('--check compares a file: name it with --out.')
  if (isWhole === true && kind !== 'typescript' && kind !== 'javascript')
    refuse(`--standalone belongs to a client: typescript or javascript, not ${kind}.`)
  if (kind === 'sql' && edition !== undefined)
    refuse('--edition belongs to pages, clients and schemas: views are the open edition’s.')
  if (kind !== 'disclosure' && (format !== undefined || frontMatter === true))
    refuse(`--format and --front-matter belong to a disclosure, and ${kind} has one form only.`)
  if (frontMatter === true && format !== undefined && format !== 'md')
    refuse(`--front-matter belongs to Markdown, not to ${format}.`)
}

/** What somebody copies to have the file as it should be. */
function commandFor(
  kind: Kind,
  file: string,
  { out, format, frontMatter, standalone: isWhole, edition }: Options
): string {
  const flags = [
    ...(edition === undefined ? [] : [`--edition ${edition}`]),
    ...(isWhole === true ? ['--standalone'] : []),
    ...(out === undefined ? [] : [`--out ${out}`]),
    ...(format === undefined ? [] : [`--format ${format}`]),
    ...(frontMatter === true ? ['--front-matter'] : [])
  ]
  return `candor contract generate ${kind} ${file} ${flags.join(' ')}`
}
