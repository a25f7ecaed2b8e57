/**
 * `candor contract generate`: writes what follows from a contract (a typed client, pages, schemas,
 * views), or tells which file is stale.
 */
import { isAbsolute, join } from 'node:path'
import {
  disclosureFormats,
  generateDisclosure,
  generateJsonSchema,
  generateOpenapi,
  generateTypescript,
  type CompiledContract,
  type DisclosureFormat
} from '@candor/contract'
import { Argument, Option, type Command } from 'commander'
import { CandorError } from '../../errors.ts'
import { contractFile, readContract, refusalOf, type ProductProblem } from '../../products/load.ts'
import { viewStatements } from '../../storage/tables/view-statements.ts'
import { oneOf } from '../terminal/choice.ts'
import type { Terminal } from '../terminal/terminal.ts'

const kinds = ['typescript', 'disclosure', 'json-schema', 'openapi', 'sql'] as const
type Kind = (typeof kinds)[number]

interface Options {
  readonly out?: string
  readonly format?: DisclosureFormat
  readonly frontMatter?: boolean
  readonly check?: boolean
}

export function addContractGenerate(contract: Command, terminal: Terminal): void {
  contract
    .command('generate')
    .description(
      'write what follows from a contract: a typed client, the page for users, schemas, views'
    )
    .addArgument(new Argument('<kind>', kinds.join(', ')).argParser(oneOf(kinds)))
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
      '--check',
      'write nothing; exit with 1 when the file of --out is not what would be written'
    )
    .action((kind: Kind, file: string, options: Options) =>
      generate({ kind, file, options, terminal })
    )
}

async function generate({
  kind,
  file,
  options,
  terminal
}: {
  kind: Kind
  file: string
  options: Options
  terminal: Terminal
}): Promise<void> {
  refuseWhatMeansNothing(kind, options)
  const { files } = terminal.effects
  const source = await contractAt(inFolder(terminal, file), files)
  const problems: ProductProblem[] = []
  const compiled = await readContract(source, files, problems)
  const refusal = refusalOf(problems)
  if (refusal !== undefined) throw refusal
  if (compiled === undefined) throw new TypeError('a contract without problems was not compiled')
  const text = textOf(kind, compiled, options)
  if (options.out === undefined) return terminal.out(text)
  const path = inFolder(terminal, options.out)
  const existing = await files.readFile(path, 'utf8').catch(() => undefined)
  if (options.check === true) {
    if (existing === text) return terminal.out(`${options.out} is up to date\n`)
    throw new CandorError(
      'GENERATED_STALE',
      `${options.out} ${existing === undefined ? 'does not exist' : 'is not what the contract says'}. Write it anew, and look at the difference:\n\n    ${commandFor(kind, file, options)}`
    )
  }
  await files.writeFile(path, text)
  terminal.out(existing === text ? `${options.out} is up to date\n` : `wrote ${options.out}\n`)
}

function textOf(kind: Kind, compiled: CompiledContract, { format, frontMatter }: Options): string {
  switch (kind) {
    case 'typescript':
      return generateTypescript(compiled.contract)
    case 'disclosure':
      return generateDisclosure(compiled.contract, {
        ...(format === undefined ? {} : { format }),
        ...(frontMatter === undefined ? {} : { frontMatter })
      })
    case 'json-schema':
      return generateJsonSchema(compiled.contract)
    case 'openapi':
      return generateOpenapi(compiled.contract)
    case 'sql':
      return viewStatements(compiled)
  }
}

function refuseWhatMeansNothing(kind: Kind, { out, check, format, frontMatter }: Options): void {
  const refuse = (message: string): never => {
    throw new CandorError('PARAMETER_INVALID', message)
  }
  if (check === true && out === undefined) refuse('--check compares a file: name it with --out.')
  if (kind !== 'disclosure' && (format !== undefined || frontMatter === true))
    refuse(`--format and --front-matter belong to a disclosure, and ${kind} has one form only.`)
  if (frontMatter === true && format !== undefined && format !== 'md')
    refuse(`--front-matter belongs to Markdown, not to ${format}.`)
}

/** What somebody copies to have the file as it should be. */
function commandFor(kind: Kind, file: string, { out, format, frontMatter }: Options): string {
  const flags = [
    ...(out === undefined ? [] : [`--out ${out}`]),
    ...(format === undefined ? [] : [`--format ${format}`]),
    ...(frontMatter === true ? ['--front-matter'] : [])
  ]
  return `candor contract generate ${kind} ${file} ${flags.join(' ')}`
}

async function contractAt(path: string, files: Terminal['effects']['files']): Promise<string> {
  const isFolder = await files.stat(path).then(
    (found) => found.isDirectory(),
    () => false
  )
  return isFolder ? join(path, contractFile) : path
}

function inFolder({ folder }: Terminal, path: string): string {
  return isAbsolute(path) ? path : join(folder, path)
}
