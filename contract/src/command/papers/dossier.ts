/** `candor contract dossier`: what reviewers ask, written from the contract and its history. */
import { resolve } from 'node:path'
import { Option, type Command } from 'commander'
import { audiences, generateDossier, type Audience } from '../../dossier/dossier.ts'
import { blanks } from '../../dossier/blanks.ts'
import type { Conformance } from '../../dossier/paper.ts'
import { CommandError } from '../command-error.ts'
import { oneOf } from '../printing/choice.ts'
import { publishedBeside, readAnswers, reviewsBeside } from '../reading/beside.ts'
import { contractFile } from '../reading/contract-file.ts'
import { readContractVersion } from '../reading/contract-version.ts'
import type { World } from '../world.ts'
import { putFile } from '../reading/written-file.ts'

interface Options {
  readonly for: Audience
  readonly conformance?: string
  readonly out?: string
  readonly check?: boolean
}

export function addContractDossier(contract: Command, world: World): void {
  contract
    .command('dossier')
    .description('write what reviewers ask for: a foundation, data protection, a security team')
    .argument('[file]', 'the contract, or the folder that holds one', contractFile)
    .addOption(
      new Option('--for <whom>', 'who asks')
        .choices(audiences)
        .argParser(oneOf(audiences))
        .makeOptionMandatory()
    )
    .option('--conformance <file>', 'what the conformance kit printed with --format json')
    .option('--out <path>', 'the file to write; default: print it')
    .option('--check', 'write nothing; exit with 1 when the file is not what would be written')
    .addHelpText(
      'after',
      '\nWhat only people can decide is left open, and answered in dossier.yaml beside the ' +
        `contract:\n${Object.keys(blanks)
          .map((name) => `  ${name}:`)
          .join('\n')}\nNone of it is legal advice.`
    )
    .action((file: string, options: Options) => writeDossier(file, options, world))
}

async function writeDossier(
  file: string,
  { for: audience, conformance, out, check = false }: Options,
  world: World
): Promise<void> {
  const { name, contract } = await readContractVersion(file, world)
  const { text, open, asked } = generateDossier(audience, {
    contract,
    published: await publishedBeside(name, world),
    reviews: (await reviewsBeside(name, world)) ?? [],
    answers: (await readAnswers(name, world)) ?? {},
    conformance: conformance === undefined ? undefined : await readConformance(conformance, world)
  })
  if (out === undefined) {
    if (check)
      throw new CommandError('PARAMETER_INVALID', '--check needs --out: the file to look at.')
    return world.out(text)
  }
  const tested = conformance === undefined ? '' : ` --conformance ${conformance}`
  const again = `candor contract dossier ${file} --for ${audience}${tested} --out ${out}`
  await putFile(text, { out, check, again }, world)
  world.out(
    open.length === 0
      ? `no blank is open\n`
      : `${open.length} of ${asked.length} blanks are open: ${open.join(', ')}\n`
  )
}

async function readConformance(path: string, world: World): Promise<Conformance> {
  try {
    const text = await world.effects.files.readFile(resolve(world.folder, path), 'utf8')
    const { name, lines } = JSON.parse(text) as {
      readonly name: unknown
      readonly lines: readonly { readonly says: unknown; readonly is: unknown }[]
    }
    return {
      name: String(name),
      lines: lines.map(({ says, is }) => ({ says: String(says), outcome: String(is) }))
    }
  } catch (cause) {
    throw new CommandError(
      'PARAMETER_INVALID',
      `${path} is no report of the conformance kit: \`npm run --silent conformance -- --format ` +
        'json` prints one.',
      { cause }
    )
  }
}
