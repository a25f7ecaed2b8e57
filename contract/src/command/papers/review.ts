/** `candor contract review`: puts on record who agreed to which terms, until when, and why. */
import { isSeq, parseDocument, stringify } from 'yaml'
import { InvalidArgumentError, Option, type Command } from 'commander'
import { closest } from 'fastest-levenshtein'
import { decisions, judgeReviews, reviewFile, type Review } from '../../review/review-file.ts'
import { CommandError } from '../command-error.ts'
import { oneOf } from '../printing/choice.ts'
import { besideOf, reviewsBeside } from '../reading/beside.ts'
import { contractFile } from '../reading/contract-file.ts'
import { readContractVersion } from '../reading/contract-version.ts'
import type { World } from '../world.ts'

interface Options {
  readonly by?: string
  readonly question?: string
  readonly decision: Review['decision']
  readonly expires?: string
  readonly because?: string
}

const begin =
  '# Who agreed to which terms of the contract: `candor contract review` adds one, and `candor ' +
  'contract check`\n# holds the contract to them. One question, one decision, one expiry; the ' +
  'last word on a question counts.\n'

export function addContractReview(contract: Command, world: World): void {
  contract
    .command('review')
    .description('put a data review on record, or tell what is on record for these terms')
    .argument('[file]', 'the contract, or the folder that holds one', contractFile)
    .option('--by <whom>', 'who decides: a person or a role')
    .option('--question <name>', 'the question of the contract that the data is to answer')
    .addOption(
      new Option('--decision <word>', 'what was decided')
        .choices(decisions)
        .argParser(oneOf(decisions))
        .default('agreed')
    )
    .option('--expires <day>', 'the last day on which it holds, as 2027-11-20', day)
    .option('--because <text>', 'why')
    .addHelpText(
      'after',
      `\nReviews stand in ${reviewFile} beside the contract. Where there is that file, ` +
        '`candor contract check` fails for terms that nobody reviewed, and tells 60 days before ' +
        'a review ends.'
    )
    .action((file: string, options: Options) => review(file, options, world))
}

async function review(file: string, options: Options, world: World): Promise<void> {
  const { name, contract } = await readContractVersion(file, world)
  const today = new Date(world.effects.clock.now()).toISOString().slice(0, 10)
  const { by, question, decision, expires, because } = options
  const before = (await reviewsBeside(name, world)) ?? []
  const isTold = [by, question, expires, because].every((each) => each === undefined)
  if (isTold) {
    const own = before.filter(({ terms }) => terms === contract.terms)
    world.out(
      [
        `terms ${contract.terms}`,
        ...own.map(
          (each) =>
            `${each.on} ${each.decision} ${each.question} until ${each.expires} by ${each.by}: ` +
            each.because
        ),
        ...judgeReviews(before, { contract, today }).map(({ message }) => message)
      ].join('\n') + '\n'
    )
    return
  }
  if (by === undefined || question === undefined || expires === undefined || because === undefined)
    throw new CommandError(
      'PARAMETER_INVALID',
      'A review needs --by, --question, --expires and --because: one question, one decision, ' +
        'one expiry.'
    )
  if (!contract.questions.has(question))
    throw new CommandError(
      'PARAMETER_INVALID',
      `The contract asks no question ${question}. Did you mean ` +
        `${closest(question, [...contract.questions.keys()])}?`
    )
  if (expires <= today)
    throw new CommandError('PARAMETER_INVALID', `${expires} is over: a review holds for a while.`)
  const added: Review = {
    terms: contract.terms,
    on: today,
    by,
    question,
    decision,
    expires,
    because
  }
  await append(besideOf(name, reviewFile, world), added, world)
  world.out(`${decision} ${question} until ${expires}, in ${reviewFile}\n`)
}

/** At the end, so that the file reads as it happened and every comment stays. */
async function append(path: string, added: Review, { effects }: World): Promise<void> {
  const { files } = effects
  const text = await files.readFile(path, 'utf8').catch(() => begin)
  const { contents } = parseDocument(text)
  if (isSeq(contents) && contents.flow === true)
    throw new CommandError(
      'PARAMETER_INVALID',
      `${path} is written in brackets: write its reviews as lines that begin with \`- \`.`
    )
  await files.writeFile(
    path,
    `${text.replace(/\n*$/, '\n')}${stringify([added], { lineWidth: 0 })}`
  )
}

function day(text: string): string {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : Number.NaN
  if (!Number.isNaN(at) && new Date(at).toISOString().startsWith(text)) return text
  throw new InvalidArgumentError('A day is needed, for example 2027-11-20.')
}
